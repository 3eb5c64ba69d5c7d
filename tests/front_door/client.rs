//! A client of a server that listens.

use std::net::SocketAddr;

use axum::Router;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Serves `app` on this machine.
pub(crate) async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) challenge: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) body: String,
}

impl Answer {
    async fn of(response: Response) -> Self {
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            Some(value.to_str().expect("ASCII").to_owned())
        };
        Self {
            status: response.status().as_u16(),
            challenge: header("www-authenticate"),
            session: header("mcp-session-id"),
            body: response.text().await.expect("a body"),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}", self.body))
    }

    /// The URL of the metadata in the challenge.
    pub(crate) fn metadata_url(&self) -> &str {
        let challenge = self.challenge.as_deref().expect("a challenge");
        let named = challenge.split_once("resource_metadata=\"");
        let url = named.and_then(|(_, rest)| rest.split_once('"'));
        url.expect("metadata").0
    }
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    Answer::of(request.send().await.expect("an answer")).await
}

pub(crate) async fn get(client: &Client, url: &str) -> Answer {
    send(client.get(url)).await
}

/// Without a session, as clients of the newest version do.
pub(crate) async fn call(client: &Client, url: &str, token: Option<&str>, tool: &str) -> Answer {
    let call = json!({
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": {
            "name": tool,
            "arguments": {},
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    });
    let request = post(client, url, token, &call)
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", tool);
    send(request).await
}

pub(crate) fn post(
    client: &Client,
    url: &str,
    token: Option<&str>,
    message: &Value,
) -> RequestBuilder {
    let request = client
        .request(Method::POST, url)
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json")
        .body(message.to_string());
    match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    }
}

/// Opens a session as the reader; returns its id.
pub(crate) async fn open_session(client: &Client, url: &str) -> String {
    let hello = json!({
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" },
        },
    });
    let answer = send(post(client, url, Some("reader"), &hello)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let session = answer.session.expect("a session");
    let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let ready = post(client, url, Some("reader"), &ready).header("mcp-session-id", &session);
    assert_eq!(send(ready).await.status, 202);
    session
}

/// Calls the journal's tool in a session; returns the status.
pub(crate) async fn call_in(client: &Client, url: &str, session: &str) -> u16 {
    let call = json!({
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": { "name": "count_entries", "arguments": {} },
    });
    let request = post(client, url, Some("reader"), &call)
        .header("mcp-session-id", session)
        .header("mcp-protocol-version", "2025-06-18");
    let answer = send(request).await;
    assert_eq!(answer.body.contains("42"), answer.status == 200);
    answer.status
}

/// Checks that the resource at `url` refuses as it should, names metadata that is there, and serves the
/// holder of a valid token.
pub(crate) async fn check_resource(client: &Client, url: &str) {
    let stranger = call(client, url, None, "count_entries").await;
    assert_eq!(stranger.status, 401, "{url}: {}", stranger.body);
    let metadata = get(client, stranger.metadata_url()).await;
    assert_eq!(metadata.status, 200, "{}", stranger.metadata_url());
    assert_eq!(metadata.json()["resource"], url);

    let nothing = call(client, url, Some("nothing"), "count_entries").await;
    assert_eq!(nothing.status, 403);
    assert_eq!(nothing.metadata_url(), stranger.metadata_url());
    let challenge = nothing.challenge.expect("a challenge");
    assert!(challenge.contains(r#"error="insufficient_scope", scope="entries:read""#));
    let reader = call(client, url, Some("reader"), "count_entries").await;
    assert_eq!(reader.status, 200, "{}", reader.body);
    assert!(reader.body.contains("42"), "{}", reader.body);
    let session = open_session(client, url).await;
    assert_eq!(call_in(client, url, &session).await, 200);
}
