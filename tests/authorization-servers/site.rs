//! MCP servers that stand at one URL, one after another, and the calls of a client.

use std::time::Duration;

use axum::Router;
use reqwest::Client;
use scopes_core::cache::CachedVerifier;
use scopes_core::hyper::HyperFetch;
use scopes_core::introspection::{
    ClientAuthentication, IntrospectionVerifier, IntrospectionVerifierBuilder,
};
use scopes_core::jwt::{JwtVerifier, JwtVerifierBuilder};
use scopes_core::resource::{ResourceServerBuilder, ScopesSupported};
use scopes_core::rmcp::protect;
use scopes_core::{ResourceServer, ScopeSet, TokenVerifier};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::journal::Journal;
use crate::log;

/// Where the servers stand.
pub(crate) struct Site {
    pub(crate) url: String,
    listener: std::net::TcpListener,
    http: Client,
    serving: Option<JoinHandle<()>>,
}

/// What a call is answered with.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) challenge: Option<String>,
    pub(crate) retry_after: Option<u64>,
    pub(crate) body: String,
}

impl Answer {
    /// Returns a parameter of the challenge.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let challenge = self.challenge.as_deref()?;
        let (_, after) = challenge.split_once(&format!(" {name}=\""))?;
        Some(after.split_once('"')?.0)
    }
}

/// Publishes only these scopes, which clients ask for first.
pub(crate) fn publishing(server: ResourceServerBuilder, scopes: &str) -> ResourceServerBuilder {
    let scopes: ScopeSet = scopes.parse().expect("scopes");
    server.scopes_supported(ScopesSupported::Explicit(scopes))
}

fn client() -> Client {
    Client::builder().no_proxy().build().expect("TLS")
}

impl Site {
    pub(crate) fn new() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        Self {
            url: format!("http://{address}/mcp"),
            listener,
            http: client(),
            serving: None,
        }
    }

    pub(crate) fn resource(&self, issuer: &str) -> ResourceServerBuilder {
        ResourceServer::builder(&self.url).authorization_server(issuer)
    }

    /// Serves the journal as the README does.
    pub(crate) async fn serve_by_signature(&mut self, issuer: &str) {
        let server = self.resource(issuer).build().expect("valid settings");
        let verifier = JwtVerifier::discover(&server, HyperFetch::new().expect("TLS")).await;
        let verifier = CachedVerifier::new(verifier.expect("keys"));
        self.serve(server, verifier).await;
    }

    /// Serves the journal, and publishes only these scopes, which clients ask for first.
    pub(crate) async fn serve_publishing(&mut self, issuer: &str, scopes: &str) {
        let server = publishing(self.resource(issuer), scopes).build();
        let server = server.expect("valid settings");
        let verifier = JwtVerifier::discover(&server, HyperFetch::new().expect("TLS")).await;
        let verifier = CachedVerifier::new(verifier.expect("keys"));
        self.serve(server, verifier).await;
    }

    /// Serves the journal with other settings of the verifier.
    pub(crate) async fn serve_with(
        &mut self,
        issuer: &str,
        settings: impl FnOnce(&ResourceServer) -> JwtVerifierBuilder,
    ) {
        let server = self.resource(issuer).build().expect("valid settings");
        let verifier = settings(&server).discover(HyperFetch::new().expect("TLS"));
        let verifier = CachedVerifier::new(verifier.await.expect("keys"));
        self.serve(server, verifier).await;
    }

    /// Serves the journal, and asks the authorization server about tokens.
    pub(crate) async fn serve_by_introspection(
        &mut self,
        server: ResourceServerBuilder,
        settings: IntrospectionVerifierBuilder,
    ) {
        let server = server.build().expect("valid settings");
        let verifier = settings.issuer(&server.metadata().authorization_servers[0]);
        let verifier = verifier.discover(HyperFetch::new().expect("TLS")).await;
        self.serve(server, verifier.expect("an endpoint")).await;
    }

    /// The settings of a verifier that asks about tokens as `client`.
    pub(crate) fn asking(&self, client: ClientAuthentication) -> IntrospectionVerifierBuilder {
        IntrospectionVerifier::builder(&self.url, client)
    }

    pub(crate) async fn serve(&mut self, server: ResourceServer, verifier: impl TokenVerifier) {
        let journal = protect(|| Ok(Journal), server, verifier).await;
        let app = Router::new().merge(journal.expect("everything is annotated"));
        if let Some(earlier) = self.serving.take() {
            earlier.abort();
            let _ = earlier.await;
            // The earlier server closes its connections in its own time, perhaps beneath the next call.
            self.http = client();
        }
        let listener = self.listener.try_clone().expect("a socket");
        let listener = TcpListener::from_std(listener).expect("a socket");
        self.serving = Some(tokio::spawn(async move {
            axum::serve(listener, app).await.expect("it serves");
        }));
    }

    pub(crate) async fn document(&self, url: &str) -> Value {
        let answer = self.http.get(url).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{url}");
        answer.json().await.expect("JSON")
    }

    /// Calls a tool; without a session, as clients of the newest version do.
    pub(crate) async fn call(
        &self,
        token: Option<&str>,
        tool: &str,
        notebook: Option<u64>,
    ) -> Answer {
        let arguments = match notebook {
            Some(notebook) => json!({ "notebook": notebook }),
            None => json!({}),
        };
        let message = json!({
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {
                "name": tool,
                "arguments": arguments,
                "_meta": {
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                    "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
                    "io.modelcontextprotocol/clientCapabilities": {},
                },
            },
        });
        let mut request = self
            .http
            .post(&self.url)
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", "tools/call")
            .header("mcp-name", tool)
            .json(&message);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.expect("an answer");
        let challenge = answer.headers().get("www-authenticate");
        let challenge = challenge.map(|value| value.to_str().expect("ASCII").to_owned());
        let retry_after = answer.headers().get("retry-after");
        let retry_after = retry_after.map(|value| value.to_str().expect("ASCII"));
        Answer {
            status: answer.status().as_u16(),
            challenge,
            retry_after: retry_after.map(|seconds| seconds.parse().expect("seconds")),
            body: answer.text().await.expect("a body"),
        }
    }

    /// Calls a tool that is allowed.
    pub(crate) async fn allowed(&self, token: &str, tool: &str, notebook: Option<u64>) {
        let answer = self.call(Some(token), tool, notebook).await;
        let Answer {
            status,
            challenge,
            body,
            ..
        } = answer;
        assert_eq!(status, 200, "{tool}: {challenge:?} {body}");
        assert!(!body.contains("isError\":true"), "{tool}: {body}");
    }

    /// Calls a tool that needs a scope more; returns the scopes to ask for.
    pub(crate) async fn lacking(&self, token: &str, tool: &str, notebook: Option<u64>) -> String {
        let answer = self.call(Some(token), tool, notebook).await;
        assert_eq!(answer.status, 403, "{tool}: {:?}", answer.challenge);
        assert_eq!(answer.parameter("error"), Some("insufficient_scope"));
        answer.parameter("scope").expect("a scope").to_owned()
    }

    /// Presents what is no valid access token. The log has the reason.
    pub(crate) async fn rejected(&self, token: &str, reason: &str) {
        log::since();
        let answer = self.call(Some(token), "count_entries", None).await;
        assert_eq!(answer.status, 401, "{:?} {}", answer.challenge, answer.body);
        let logged = log::since();
        assert!(logged.contains(reason), "no {reason} in {logged}");
    }

    /// Presents a token that cannot be verified now; returns how long to wait before it is sent again.
    pub(crate) async fn unavailable(&self, token: &str) -> Duration {
        let answer = self.call(Some(token), "count_entries", None).await;
        assert_eq!(answer.status, 503, "{:?} {}", answer.challenge, answer.body);
        assert_eq!(answer.challenge, None, "the client keeps its token");
        assert!(
            answer.body.contains("temporarily_unavailable"),
            "{}",
            answer.body
        );
        Duration::from_secs(answer.retry_after.expect("Retry-After"))
    }
}
