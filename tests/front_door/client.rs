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
        self.parameter("resource_metadata").expect("metadata")
    }

    /// The value of a parameter of the challenge.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let challenge = self.challenge.as_deref().expect("a challenge");
        let parameters = challenge
            .strip_prefix("Bearer ")
            .expect("a Bearer challenge");
        let mut parameters = parameters.split(", ");
        parameters.find_map(|parameter| {
            let (found, value) = parameter.split_once('=')?;
            (found == name).then(|| value.trim_matches('"'))
        })
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

/// Opens a session with a token; returns its id.
pub(crate) async fn open_session(client: &Client, url: &str, token: &str) -> String {
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
    let answer = send(post(client, url, Some(token), &hello)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let session = answer.session.expect("a session");
    let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let ready = post(client, url, Some(token), &ready).header("mcp-session-id", &session);
    assert_eq!(send(ready).await.status, 202);
    session
}

/// Calls the journal's tool in a session; returns the status.
pub(crate) async fn call_in(client: &Client, url: &str, session: &str, token: &str) -> u16 {
    let call = json!({
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": { "name": "count_entries", "arguments": {} },
    });
    let request = post(client, url, Some(token), &call)
        .header("mcp-session-id", session)
        .header("mcp-protocol-version", "2025-06-18");
    let answer = send(request).await;
    assert_eq!(answer.body.contains("42"), answer.status == 200);
    answer.status
}

/// As [`check_resource_with`], with the tokens of the journal's own verifier.
pub(crate) async fn check_resource(client: &Client, url: &str) {
    check_resource_with(client, url, "reader", "nothing").await;
}

/// Checks that the resource at `url` refuses as it should, names metadata that is there, and serves the
/// token that grants `entries:read`, and not the one that grants nothing.
pub(crate) async fn check_resource_with(client: &Client, url: &str, reader: &str, nothing: &str) {
    let stranger = call(client, url, None, "count_entries").await;
    assert_eq!(stranger.status, 401, "{url}: {}", stranger.body);
    let metadata = get(client, stranger.metadata_url()).await;
    assert_eq!(metadata.status, 200, "{}", stranger.metadata_url());
    assert_eq!(metadata.json()["resource"], url);

    let refused = call(client, url, Some(nothing), "count_entries").await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert_eq!(refused.metadata_url(), stranger.metadata_url());
    assert_eq!(refused.parameter("error"), Some("insufficient_scope"));
    assert_eq!(refused.parameter("scope"), Some("entries:read"));
    let served = call(client, url, Some(reader), "count_entries").await;
    assert_eq!(served.status, 200, "{}", served.body);
    assert!(served.body.contains("42"), "{}", served.body);
    let session = open_session(client, url, reader).await;
    assert_eq!(call_in(client, url, &session, reader).await, 200);
}
