//! An MCP server made with rmcp, over HTTP, with the settings that it has by default.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::routing::any_service;
use reqwest::{Client, RequestBuilder, Response};
use rmcp::model::{
    NumberOrString, ProgressNotificationParam, ProgressToken, ServerCapabilities, ServerConfig,
    SubscriptionFilter,
};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, RoleServer, ServerHandler, tool, tool_handler, tool_router};
use scopes_core::mcp::GateLayer;
use scopes_core::tower::ProtectLayer;
use scopes_core::{Registry, ResourceServer, TokenVerifier, requires_scopes, scoped_handler};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, claims};
use scopes_tests::vocabulary::Scope;
use serde_json::{Value, json};

/// Between two messages of the server.
const TICK: Duration = Duration::from_millis(40);
/// Nothing takes longer, however busy the machine is.
const LONG: Duration = Duration::from_secs(20);

/// How long the tool works.
pub(crate) const WORK: Duration = Duration::from_secs(3);

#[derive(Clone)]
struct Journal;

#[tool_router]
impl Journal {
    /// Tells at once that it works, and takes its time.
    #[requires_scopes("entries:read", catalog = Scope, server = "streams")]
    #[tool]
    async fn export(&self, context: RequestContext<RoleServer>) -> Result<String, ErrorData> {
        let token = ProgressToken(NumberOrString::Number(1));
        let progress = ProgressNotificationParam::new(token, 0.0);
        let told = context.peer.notify_progress(progress).await;
        told.map_err(|_| ErrorData::internal_error("nobody listens", None))?;
        tokio::time::sleep(WORK).await;
        Ok("exported".to_owned())
    }
}

#[scoped_handler(server = "streams")]
#[tool_handler]
impl ServerHandler for Journal {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools();
        ServerConfig::new(capabilities.enable_tool_list_changed().build())
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }

    /// Without an end.
    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        while context.sink().notify_tool_list_changed().await.is_ok() {
            tokio::time::sleep(TICK).await;
        }
        Ok(())
    }

    /// Without an end, to the session's own stream.
    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        tokio::spawn(async move {
            while context.peer.notify_tool_list_changed().await.is_ok() {
                tokio::time::sleep(TICK).await;
            }
        });
    }
}

pub(crate) struct Site {
    address: SocketAddr,
    client: Client,
}

/// What a client saw of a stream.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) messages: Vec<Value>,
    /// The last id that an event had.
    pub(crate) event_id: Option<String>,
    pub(crate) ended_at: SystemTime,
}

pub(crate) fn protect<V: TokenVerifier>(verifier: V) -> ProtectLayer<V> {
    let server = ResourceServer::builder(RESOURCE)
        .authorization_server(ISSUER)
        .registry(Registry::of_program().of_server("streams"))
        .build()
        .expect("valid settings");
    ProtectLayer::new(server, verifier)
}

impl Site {
    pub(crate) async fn start<V: TokenVerifier>(protect: ProtectLayer<V>) -> Self {
        let mcp = StreamableHttpService::new(
            || Ok(Journal),
            Arc::<LocalSessionManager>::default(),
            StreamableHttpServerConfig::default(),
        );
        let gate = GateLayer::new(&Registry::of_program().of_server("streams"));
        let router = Router::new()
            .route("/mcp", any_service(mcp).layer(gate))
            .layer(protect);
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        let client = Client::builder().no_proxy().build().expect("a client");
        Self { address, client }
    }

    fn request(&self, method: &str, token: &str) -> RequestBuilder {
        let method = method.parse().expect("a method");
        let url = format!("http://{}/mcp", self.address);
        self.client
            .request(method, url)
            .header("accept", "application/json, text/event-stream")
            .bearer_auth(token)
    }

    pub(crate) async fn in_session(&self, method: &str, token: &str, session: &str) -> Response {
        let request = self.request(method, token);
        let request = request.header("mcp-session-id", session);
        request.send().await.expect("an answer")
    }

    /// Resumes a stream after an event.
    pub(crate) async fn resume(&self, token: &str, session: &str, event_id: &str) -> Response {
        let request = self.request("GET", token);
        let request = request.header("mcp-session-id", session);
        let request = request.header("last-event-id", event_id);
        request.send().await.expect("an answer")
    }

    /// Sends a message of 2025-11-25.
    pub(crate) async fn post(&self, token: &str, session: Option<&str>, body: &Value) -> Response {
        let mut request = self.request("POST", token);
        if let Some(session) = session {
            request = request.header("mcp-session-id", session);
        }
        let request = request.header("content-type", "application/json");
        request.body(body.to_string()).send().await.expect("sent")
    }

    /// Sends a request of 2026-07-28.
    pub(crate) async fn post_2026(&self, token: &str, mut body: Value) -> Response {
        body["params"]["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
            "progressToken": 1,
        });
        let mut request = self
            .request("POST", token)
            .header("content-type", "application/json")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", body["method"].as_str().expect("a method"));
        if let Some(name) = body["params"]["name"].as_str() {
            request = request.header("mcp-name", name);
        }
        request.body(body.to_string()).send().await.expect("sent")
    }

    pub(crate) async fn open_session(&self, token: &str) -> String {
        let hello = json!({
            "jsonrpc": "2.0", "id": 0, "method": "initialize",
            "params": {
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": { "name": "test", "version": "1" },
            },
        });
        let answer = self.post(token, None, &hello).await;
        assert_eq!(answer.status(), 200);
        let session = answer.headers()["mcp-session-id"].to_str();
        let session = session.expect("a text").to_owned();
        let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        let answer = self.post(token, Some(&session), &ready).await;
        assert_eq!(answer.status(), 202);
        session
    }
}

/// Reads a stream to its end, which has to be one of the protocol, not a lost connection.
pub(crate) async fn read(mut response: Response) -> Seen {
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let began = Instant::now();
    let mut text = String::new();
    loop {
        let chunk = tokio::time::timeout(LONG, response.chunk()).await;
        let chunk = chunk
            .expect("a stream ends")
            .expect("a stream ends cleanly");
        assert!(began.elapsed() < LONG, "the stream has no end: {text}");
        match chunk {
            Some(chunk) => text.push_str(std::str::from_utf8(&chunk).expect("UTF-8")),
            None => break,
        }
    }
    let fields = |name| text.lines().filter_map(move |line| line.strip_prefix(name));
    let messages = fields("data:").filter(|data| !data.trim().is_empty());
    Seen {
        messages: messages
            .map(|data| serde_json::from_str(data).expect("a whole message"))
            .collect(),
        event_id: fields("id:").next_back().map(|id| id.trim().to_owned()),
        ended_at: SystemTime::now(),
    }
}

/// A token that expires after `lifetime`, and when it does.
pub(crate) fn token(key: &SigningKey, lifetime: Duration) -> (String, SystemTime) {
    token_until(key, SystemTime::now() + lifetime)
}

pub(crate) fn token_until(key: &SigningKey, end: SystemTime) -> (String, SystemTime) {
    let since = end.duration_since(UNIX_EPOCH).expect("after 1970");
    let mut claims = claims();
    claims["exp"] = since.as_secs_f64().into();
    (key.sign(&key.header(), &claims), end)
}
