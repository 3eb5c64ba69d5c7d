package interop;

import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.util.JSONObjectUtils;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import net.minidev.json.JSONObject;

/** What the client has to do (scenario.mjs has the whole of it), the user's browser, and the steps. */
final class Task {
    private final JSONObject given;
    private boolean visited;

    Task(String given) throws ParseException {
        this.given = JSONObjectUtils.parse(given);
    }

    /** A call of a tool. */
    record Call(String tool, Map<String, Object> arguments) {}

    /** Returns the text of this name, or {@code null}. */
    String text(String name) {
        return (String) given.get(name);
    }

    Call call(String name) throws ParseException {
        JSONObject call = JSONObjectUtils.getJSONObject(given, name);
        return new Call((String) call.get("tool"), JSONObjectUtils.getJSONObject(call, "arguments"));
    }

    void say(String step, Object said) {
        System.out.println(new JSONObject(Map.of("step", step, "said", said)).toJSONString());
    }

    /**
     * Has the user visit an authorization URL, and returns where the browser comes back to. The user grants the
     * first request, and the others as the task says.
     */
    URI ask(URI target, String scope) throws IOException, InterruptedException {
        say("asks for", scope);
        boolean grants = !visited || text("user").equals("grants");
        visited = true;
        String visit = new JSONObject(Map.of("url", target.toString(), "grants", grants)).toJSONString();
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(text("browser"))).POST(BodyPublishers.ofString(visit)).build();
        var answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException(answer.body());
        }
        return URI.create(answer.body());
    }
}
