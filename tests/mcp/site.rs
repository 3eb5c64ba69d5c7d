//! The journal behind the gate, and requests to it.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use scopes_core::mcp::GateLayer;
use scopes_core::testing::StaticVerifier;
use scopes_core::tower::ProtectLayer;
use scopes_core::{Registry, ResourceServer, TokenVerifier};
use serde_json::{Value, json};
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceExt};

use crate::journal::Journal;

/// What each test token grants, by its place in the list.
pub(crate) const GRANTS: [&str; 11] = [
    "",
    "entries:read",
    "entries:write",
    "tags:read",
    "tags:write",
    "analytics:view",
    "user:read",
    "user:read entries:read",
    "binders:1:read",
    "binders:1:write",
    "binders:2:read",
];

/// The token of `subject` with these scopes.
pub(crate) fn token(subject: &str, scopes: &str) -> String {
    let place = GRANTS.iter().position(|grant| *grant == scopes);
    format!("{subject}-{}", place.expect("one of the grants"))
}

/// How the server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Session,
    StatelessStream,
    StatelessJson,
}

pub(crate) type Boxed = BoxCloneSyncService<Request<Body>, http::Response<Body>, Infallible>;

fn boxed<S, R>(service: S) -> Boxed
where
    S: Service<Request<Body>, Response = http::Response<R>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send,
    R: http_body::Body<Data = Bytes, Error: Into<axum::BoxError>> + Send + 'static,
{
    BoxCloneSyncService::new(service.map_response(|response| response.map(Body::new)))
}

/// The MCP server alone. Clones share their sessions.
#[derive(Clone)]
pub(crate) struct Server {
    mcp: StreamableHttpService<Journal, LocalSessionManager>,
    journal: Journal,
}

impl Server {
    pub(crate) fn new(mode: Mode) -> Self {
        let journal = Journal::default();
        let mcp = over_http(journal.clone(), mode);
        Self { mcp, journal }
    }
}

fn over_http<H: ServerHandler + Clone>(
    handler: H,
    mode: Mode,
) -> StreamableHttpService<H, LocalSessionManager> {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(mode == Mode::Session)
        .with_json_response(mode == Mode::StatelessJson)
        .with_sse_keep_alive(None);
    let sessions = Arc::new(LocalSessionManager::default());
    StreamableHttpService::new(move || Ok(handler.clone()), sessions, config)
}

pub(crate) fn gate() -> GateLayer {
    GateLayer::new(&Registry::of_program().of_server("gated"))
}

/// Knows the test tokens of two users.
pub(crate) fn verifier() -> StaticVerifier {
    let mut verifier = StaticVerifier::new();
    for subject in ["ada", "bob"] {
        for scopes in GRANTS {
            let named = verifier.token(&token(subject, scopes), subject, scopes);
            verifier = named.expect("scopes");
        }
    }
    verifier
}

pub(crate) fn protect<V: TokenVerifier>(verifier: V) -> ProtectLayer<V> {
    let server = ResourceServer::builder("http://localhost/mcp")
        .authorization_server("https://auth.example.com")
        .registry(Registry::of_program().of_server("gated"))
        .build()
        .expect("valid settings");
    ProtectLayer::new(server, verifier)
}

pub(crate) struct Site {
    service: Boxed,
    pub(crate) journal: Journal,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn challenge(&self) -> Option<&str> {
        let challenge = self.headers.get("www-authenticate")?;
        Some(challenge.to_str().expect("a text"))
    }

    /// The last message, of a body or of a stream.
    pub(crate) fn message(&self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        if let Ok(message) = serde_json::from_str(&text) {
            return message;
        }
        let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
        let mut messages = data
            .rev()
            .filter_map(|data| serde_json::from_str(data).ok());
        messages.next().unwrap_or_default()
    }
}

impl Site {
    pub(crate) fn new(mode: Mode) -> Self {
        Self::with_gate(mode, |gate| gate)
    }

    pub(crate) fn with_gate(mode: Mode, settings: impl FnOnce(GateLayer) -> GateLayer) -> Self {
        Self::behind(&Server::new(mode), Some(settings(gate())), verifier())
    }

    pub(crate) fn with_verifier(mode: Mode, verifier: impl TokenVerifier) -> Self {
        Self::behind(&Server::new(mode), Some(gate()), verifier)
    }

    /// Without a gate: only the guards.
    pub(crate) fn ungated(mode: Mode) -> Self {
        Self::behind(&Server::new(mode), None, verifier())
    }

    /// Another handler, without a gate.
    pub(crate) fn of(handler: impl ServerHandler + Clone, mode: Mode) -> Self {
        Self {
            service: boxed(protect(verifier()).layer(over_http(handler, mode))),
            journal: Journal::default(),
        }
    }

    pub(crate) fn behind(
        server: &Server,
        gate: Option<GateLayer>,
        verifier: impl TokenVerifier,
    ) -> Self {
        let Server { mcp, journal } = server.clone();
        let protect = protect(verifier);
        let service = match gate {
            Some(gate) => boxed(protect.layer(gate.layer(mcp))),
            None => boxed(protect.layer(mcp)),
        };
        Self { service, journal }
    }

    /// The whole service, for a server with real connections.
    pub(crate) fn service(&self) -> Boxed {
        self.service.clone()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let answered = self.service.clone().oneshot(request).await;
        let (parts, mut body) = answered.expect("infallible").into_parts();
        let mut bytes = Vec::new();
        // A stream that stays open has said what it has to say by then.
        let pause = std::time::Duration::from_millis(300);
        while let Ok(Some(Ok(frame))) = tokio::time::timeout(pause, body.frame()).await {
            bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
        }
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: bytes,
        }
    }

    /// POSTs `body` as the holder of `token`, with further headers.
    pub(crate) async fn post(
        &self,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::post("/mcp")
            .header("host", "localhost")
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).expect("a request"))
            .await
    }

    /// Opens a session as the holder of `token`; returns its id.
    pub(crate) async fn open_session(&self, token: &str, version: &str) -> String {
        let hello = json!({
            "jsonrpc": "2.0",
            "id": 0,
            "method": "initialize",
            "params": {
                "protocolVersion": version,
                "capabilities": { "extensions": { "io.modelcontextprotocol/tasks": {} } },
                "clientInfo": { "name": "test", "version": "1" },
            },
        });
        let answer = self.post(Some(token), &[], hello.to_string()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let id = answer.headers.get("mcp-session-id").expect("a session");
        let id = id.to_str().expect("a text").to_owned();
        let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        let headers = [("mcp-session-id", &*id), ("mcp-protocol-version", version)];
        let answer = self.post(Some(token), &headers, ready.to_string()).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        id
    }
}
