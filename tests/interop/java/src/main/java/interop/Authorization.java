package interop;

import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.AuthorizationRequest;
import com.nimbusds.oauth2.sdk.AuthorizationResponse;
import com.nimbusds.oauth2.sdk.ErrorResponse;
import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.GrantType;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.as.AuthorizationServerMetadata;
import com.nimbusds.oauth2.sdk.auth.ClientAuthenticationMethod;
import com.nimbusds.oauth2.sdk.client.ClientMetadata;
import com.nimbusds.oauth2.sdk.client.ClientRegistrationRequest;
import com.nimbusds.oauth2.sdk.client.ClientRegistrationResponse;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.oauth2.sdk.token.BearerTokenError;
import com.nimbusds.oauth2.sdk.util.JSONObjectUtils;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.ResponseInfo;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.minidev.json.JSONArray;
import net.minidev.json.JSONObject;

/** The authorization that the SDK leaves to the application, by Nimbus. */
final class Authorization {
    private static final Pattern RESOURCE_METADATA = Pattern.compile("[ ,]resource_metadata=\"([^\"]+)\"");

    private final Task task;
    private final URI redirect;
    private final Scope asked = new Scope();
    private ClientID client;
    private volatile String token;
    private volatile boolean declined;

    Authorization(Task task) {
        this.task = task;
        redirect = URI.create(task.text("redirect_uri"));
        String known = task.text("client_id");
        client = known == null ? null : new ClientID(known);
    }

    /** Returns whether the user has declined. */
    boolean isDeclined() {
        return declined;
    }

    /** Adds the token to a request. */
    void present(HttpRequest.Builder request) {
        if (token != null) {
            request.setHeader("Authorization", "Bearer " + token);
        }
    }

    /** Asks the user for what a 401 or 403 names; returns whether to try again. */
    boolean answer(ResponseInfo refusal) {
        try {
            return obtain(refusal.headers().firstValue("WWW-Authenticate").orElseThrow());
        } catch (Exception problem) {
            throw new IllegalStateException(problem);
        }
    }

    private boolean obtain(String challenge) throws Exception {
        Matcher metadata = RESOURCE_METADATA.matcher(challenge);
        if (!metadata.find()) {
            throw new IOException("no metadata in " + challenge);
        }
        JSONObject resource = JSONObjectUtils.parse(get(URI.create(metadata.group(1))));
        Scope scope = BearerTokenError.parse(challenge).getScope();
        if (scope == null) {
            scope = new Scope();
            for (Object name : (JSONArray) resource.get("scopes_supported")) {
                scope.add((String) name);
            }
        }
        asked.addAll(scope);
        var server = find(new Issuer((String) ((JSONArray) resource.get("authorization_servers")).get(0)));
        if (client == null) {
            client = register(server.getRegistrationEndpointURI());
        }
        return authorize(server, URI.create((String) resource.get("resource")));
    }

    private static AuthorizationServerMetadata find(Issuer issuer) throws GeneralException, IOException {
        try {
            return AuthorizationServerMetadata.resolve(issuer);
        } catch (GeneralException | IOException unavailable) {
            return OIDCProviderMetadata.resolve(issuer);
        }
    }

    private ClientID register(URI endpoint) throws ParseException, IOException {
        var metadata = new ClientMetadata();
        metadata.setCustomField("application_type", "native");
        metadata.setGrantTypes(Set.of(GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN));
        metadata.setName("client");
        metadata.setRedirectionURI(redirect);
        metadata.setResponseTypes(Set.of(ResponseType.CODE));
        metadata.setScope(asked);
        metadata.setTokenEndpointAuthMethod(ClientAuthenticationMethod.NONE);
        var request = new ClientRegistrationRequest(endpoint, metadata, null);
        var answer = ClientRegistrationResponse.parse(request.toHTTPRequest().send());
        if (!answer.indicatesSuccess()) {
            throw refused(answer.toErrorResponse());
        }
        return answer.toSuccessResponse().getClientInformation().getID();
    }

    private boolean authorize(AuthorizationServerMetadata server, URI resource) throws Exception {
        var state = new State();
        var verifier = new CodeVerifier();
        URI target = new AuthorizationRequest.Builder(ResponseType.CODE, client)
                .codeChallenge(verifier, CodeChallengeMethod.S256)
                .endpointURI(server.getAuthorizationEndpointURI())
                .redirectionURI(redirect)
                .resource(resource)
                .scope(asked)
                .state(state)
                .build()
                .toURI();
        var said = AuthorizationResponse.parse(task.ask(target, asked.toString()));
        if (!said.indicatesSuccess()) {
            task.say("declined", said.toErrorResponse().getErrorObject().getCode());
            declined = true;
            return false;
        }
        if (!state.equals(said.getState())) {
            throw new IOException("the state of another request");
        }
        var grant = new AuthorizationCodeGrant(said.toSuccessResponse().getAuthorizationCode(), redirect, verifier);
        var request = new TokenRequest.Builder(server.getTokenEndpointURI(), client, grant).resource(resource);
        var answer = TokenResponse.parse(request.build().toHTTPRequest().send());
        if (!answer.indicatesSuccess()) {
            throw refused(answer.toErrorResponse());
        }
        token = answer.toSuccessResponse().getTokens().getAccessToken().getValue();
        return true;
    }

    private static String get(URI url) throws IOException {
        return new HTTPRequest(HTTPRequest.Method.GET, url).send().getBody();
    }

    private static IOException refused(ErrorResponse answer) {
        return new IOException(String.valueOf(answer.getErrorObject().toJSONObject()));
    }
}
