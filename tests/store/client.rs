//! Requests to a service in this process.

use std::convert::Infallible;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::{Service, ServiceExt as _};

pub(crate) const VERSION: &str = "2025-06-18";

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// The last message, of a body or of a stream.
    pub(crate) fn message(&self) -> Value {
        if let Ok(message) = serde_json::from_str(&self.body) {
            return message;
        }
        let data = self.body.lines().rev();
        let data = data.filter_map(|line| line.strip_prefix("data:"));
        let mut messages = data.filter_map(|data| serde_json::from_str(data).ok());
        messages.next().unwrap_or_default()
    }

    /// The status; 404 stands for the error in band that says that something is unknown.
    pub(crate) fn outcome(&self) -> u16 {
        if self.message()["error"]["code"] == -32602 {
            404
        } else {
            self.status
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        Some(self.headers.get(name)?.to_str().expect("ASCII"))
    }

    /// Checks that this is the answer while the store is unavailable.
    pub(crate) fn is_unavailable(&self) {
        assert_eq!(self.status, 503, "{self:?}");
        assert!(self.header("retry-after").is_some(), "{self:?}");
        let message = self.message();
        let error = message["error"].as_str().map(str::to_owned);
        let in_rpc = message["error"]["message"].as_str().map(str::to_owned);
        let said = error.or(in_rpc).expect("an error");
        assert!(said.starts_with("temporarily_unavailable"), "{self:?}");
    }
}

pub(crate) async fn send<S, R>(service: &S, request: Request<Body>) -> Answer
where
    S: Service<Request<Body>, Response = Response<R>, Error = Infallible> + Clone,
    R: http_body::Body<Data = Bytes>,
{
    let Ok(response) = service.clone().oneshot(request).await;
    let (parts, body) = response.into_parts();
    let mut body = std::pin::pin!(body);
    let mut bytes = Vec::new();
    // A stream that stays open has said what it has to say by then.
    let pause = std::time::Duration::from_millis(300);
    while let Ok(Some(Ok(frame))) = tokio::time::timeout(pause, body.frame()).await {
        bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
    }
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: String::from_utf8(bytes).expect("UTF-8"),
    }
}

pub(crate) fn message(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

/// A request with a token, in a session or without one.
pub(crate) fn request(token: &str, session: Option<&str>, message: &Value) -> Request<Body> {
    let mut request = Request::post("/mcp")
        .header("host", "localhost")
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"));
    if let Some(session) = session {
        request = request
            .header("mcp-session-id", session)
            .header("mcp-protocol-version", VERSION);
    }
    let body = Body::from(message.to_string());
    request.body(body).expect("a request")
}

/// A call without a session, as clients of the newest version do.
pub(crate) fn stateless_call(token: &str, tool: &str) -> Request<Body> {
    let params = json!({
        "name": tool,
        "arguments": {},
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    });
    let mut request = request(token, None, &message("tools/call", &params));
    let headers = request.headers_mut();
    for (name, value) in [
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", tool),
    ] {
        headers.insert(name, value.parse().expect("a value"));
    }
    request
}

pub(crate) fn initialize() -> Value {
    message(
        "initialize",
        &json!({
            "protocolVersion": VERSION,
            "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" },
        }),
    )
}
