package interop;

import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.client.transport.customizer.McpHttpClientTransportAuthorizationErrorHandler;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.Implementation;
import java.net.URI;

/** The Java SDK, with an application's authorization. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws Exception {
        var task = new Task(arguments[0]);
        var authorization = new Authorization(task);
        URI url = URI.create(task.text("url"));
        var transport = HttpClientStreamableHttpTransport.builder(url.resolve("/").toString())
                .endpoint(url.getPath())
                .authorizationErrorHandler(McpHttpClientTransportAuthorizationErrorHandler.fromSync(
                        (request, refusal, context) -> authorization.answer(refusal)))
                .addHttpRequestCustomizer(
                        (request, method, target, body, context) -> authorization.present(request))
                .build();
        try (var client = McpClient.sync(transport).clientInfo(new Implementation("client", "1")).build()) {
            client.initialize();
            task.say("tools", client.listTools().tools().size());
            call(client, task, "first");
            try {
                call(client, task, "step");
            } catch (RuntimeException refused) {
                if (!authorization.isDeclined()) {
                    throw refused;
                }
            }
            call(client, task, "first");
        }
        // Threads of the SDK go on for a while.
        System.exit(0);
    }

    private static void call(McpSyncClient client, Task task, String name) throws Exception {
        var call = task.call(name);
        var request = CallToolRequest.builder(call.tool()).arguments(call.arguments()).build();
        var result = client.callTool(request);
        task.say(call.tool(), Boolean.TRUE.equals(result.isError()) ? "an error" : "done");
    }
}
