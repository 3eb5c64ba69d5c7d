//! A journal, made by `rmcp::protect`, and requests to it.

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::{SessionManager, StreamableHttpServerConfig};
use scopes_core::rmcp::{ProtectServer, protect};
use scopes_core::testing::StaticVerifier;
use scopes_core::{ResourceServer, TokenVerifier};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::journal::{Closed, Open, Whole};

pub(crate) const VERSIONS: [&str; 4] = ["2025-03-26", "2025-06-18", "2025-11-25", NEWEST];
/// Has no sessions.
pub(crate) const NEWEST: &str = "2026-07-28";

/// What came back.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// The last message, of a body or of a stream.
    pub(crate) fn message(&self) -> Value {
        if let Ok(message) = serde_json::from_str(&self.body) {
            return message;
        }
        let data = self.body.lines();
        let data = data.filter_map(|line| line.strip_prefix("data:"));
        let mut messages = data.rev().filter_map(|one| serde_json::from_str(one).ok());
        messages.next().unwrap_or_default()
    }

    pub(crate) fn session(&self) -> Option<String> {
        let session = self.headers.get("mcp-session-id")?;
        Some(session.to_str().expect("a text").to_owned())
    }
}

#[derive(Clone)]
pub(crate) struct Site(Router);

pub(crate) fn verifier() -> StaticVerifier {
    StaticVerifier::new()
        .token("ada", "ada", "")
        .and_then(|verifier| verifier.token("ada-again", "ada", "profile"))
        .and_then(|verifier| verifier.token("bob", "bob", "entries:read"))
        .expect("valid scopes")
}

pub(crate) fn builder<H: ServerHandler, V: TokenVerifier>(
    handler: fn() -> H,
    server: &str,
    verifier: V,
) -> ProtectServer<H, V> {
    let resource = ResourceServer::builder("https://mcp.journal.example/mcp")
        .authorization_server("https://auth.journal.example")
        .name(server)
        .build()
        .expect("valid settings");
    let config = StreamableHttpServerConfig::default().with_sse_keep_alive(None);
    protect(move || Ok(handler()), resource, verifier).config(config)
}

pub(crate) fn open() -> ProtectServer<Open, StaticVerifier> {
    builder(|| Open, "open", verifier())
}

impl Site {
    pub(crate) async fn of<H, V, M>(server: ProtectServer<H, V, M>) -> Self
    where
        H: ServerHandler,
        V: TokenVerifier,
        M: SessionManager,
    {
        Self(Router::from(server.await.expect("a server")))
    }

    pub(crate) async fn open() -> Self {
        Self::of(open()).await
    }

    pub(crate) async fn closed() -> Self {
        Self::of(builder(|| Closed, "closed", verifier())).await
    }

    pub(crate) async fn whole() -> Self {
        Self::of(builder(|| Whole, "whole", verifier())).await
    }

    /// The same, with an extension in every request.
    pub(crate) fn with_extension<T: Clone + Send + Sync + 'static>(self, extension: T) -> Self {
        Self(self.0.layer(axum::Extension(extension)))
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri("/mcp");
        for (name, value) in [
            ("host", "mcp.journal.example"),
            ("accept", "application/json, text/event-stream"),
            ("content-type", "application/json"),
        ] {
            if !headers.iter().any(|(given, _)| *given == name) {
                request = request.header(name, value);
            }
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).expect("a request");
        let answer = self.0.clone().oneshot(request).await.expect("infallible");
        let (parts, mut body) = answer.into_parts();
        let mut bytes = Vec::new();
        // A stream that stays open has said what it has to say by then.
        let pause = std::time::Duration::from_millis(300);
        while let Ok(Some(Ok(frame))) = tokio::time::timeout(pause, body.frame()).await {
            bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
        }
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    pub(crate) async fn post(&self, headers: &[(&str, &str)], message: &Value) -> Answer {
        self.send(Method::POST, headers, message.to_string()).await
    }

    /// Opens a session without a token, or with one, and returns its id.
    pub(crate) async fn open_session(&self, token: Option<&str>, version: &str) -> String {
        let authorization = token.map(|token| format!("Bearer {token}"));
        let credentials = authorization
            .iter()
            .map(|value| ("authorization", &**value));
        let credentials: Vec<_> = credentials.collect();
        let answer = self.post(&credentials, &hello(version)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let session = answer.session().expect("a session");
        let mut headers = vec![
            ("mcp-session-id", &*session),
            ("mcp-protocol-version", version),
        ];
        headers.extend(credentials);
        let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        let answer = self.post(&headers, &ready).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        session
    }

    /// Sends a request of this version: in a session that is opened for it without a token, or without a
    /// session.
    pub(crate) async fn ask(&self, version: &str, method: &str, params: Value) -> Answer {
        let session = match version {
            NEWEST => None,
            _ => Some(self.open_session(None, version).await),
        };
        self.ask_in(session.as_deref(), &[], version, method, params)
            .await
    }

    pub(crate) async fn ask_in(
        &self,
        session: Option<&str>,
        further: &[(&str, &str)],
        version: &str,
        method: &str,
        params: Value,
    ) -> Answer {
        let message = request(version, method, params);
        let name = ["name", "uri"].map(|member| message["params"][member].as_str());
        let mut headers = vec![("mcp-protocol-version", version)];
        headers.extend(session.map(|session| ("mcp-session-id", session)));
        if version == NEWEST {
            headers.push(("mcp-method", method));
            headers.extend(name.into_iter().flatten().map(|name| ("mcp-name", name)));
        }
        headers.extend(further);
        self.post(&headers, &message).await
    }
}

pub(crate) fn request(version: &str, method: &str, mut params: Value) -> Value {
    if version == NEWEST {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": version,
            "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        });
    }
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

pub(crate) fn hello(version: &str) -> Value {
    let params = json!({
        "protocolVersion": version,
        "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" },
    });
    json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params })
}

pub(crate) fn call(tool: &str) -> Value {
    json!({ "name": tool, "arguments": {} })
}
