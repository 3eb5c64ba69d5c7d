//! Clients from before 2026-07-28 keep a session; what they may do is up to each request's token.

use serde_json::{Value, json};

use crate::client::{ALL, Client, http, start};

const VERSION: &str = "2025-06-18";

async fn post(client: &Client, session: Option<&str>, message: &Value) -> reqwest::Response {
    let mut request = http()
        .post(client.url())
        .bearer_auth(client.token())
        .header("Content-Type", "application/json")
        .header("Accept", "application/json, text/event-stream")
        .body(message.to_string());
    if let Some(session) = session {
        request = request.header("Mcp-Session-Id", session);
        request = request.header("MCP-Protocol-Version", VERSION);
    }
    request.send().await.expect("a response")
}

/// Returns whether an entry could be written.
async fn writes(client: &Client, session: &str) -> bool {
    let entry = json!({ "title": "Hello", "content": "Dear diary" });
    let params = json!({ "name": "create_entry", "arguments": entry });
    let call = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params });
    let response = post(client, Some(session), &call).await;
    if response.status() == 403 {
        return false;
    }
    let body = response.text().await.expect("a body");
    let mut messages = body.lines().filter_map(|line| line.strip_prefix("data: {"));
    let message = messages.next().map(|message| format!("{{{message}"));
    let message: Value = serde_json::from_str(&message.unwrap_or(body)).expect("JSON");
    message["result"]["isError"] == false
}

/// The id of a new session.
async fn open(client: &Client) -> String {
    let params = json!({
        "protocolVersion": VERSION, "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" },
    });
    let initialize = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params });
    let response = post(client, None, &initialize).await;
    let session = response.headers()["mcp-session-id"].to_str();
    let session = session.expect("text").to_owned();
    drop(response);
    let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let answer = post(client, Some(&session), &initialized).await;
    assert_eq!(answer.status(), 202);
    session
}

#[tokio::test]
async fn nobody_gets_into_the_session_of_another_by_any_path() {
    let server = start().await;
    let (ada, bob) = (server.client("ada", ALL), server.client("bob", ALL));
    let session = open(&ada).await;
    let origin = server.url().trim_end_matches("/mcp");
    let well_known = "/.well-known/oauth-protected-resource";
    for path in [
        "/mcp",
        &format!("{well_known}/x"),
        &format!("{well_known}/mcp/x"),
    ] {
        for method in ["POST", "GET", "DELETE"] {
            let method = method.parse().expect("a method");
            let request = http()
                .request(method, format!("{origin}{path}"))
                .bearer_auth(bob.token())
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, text/event-stream")
                .header("Mcp-Session-Id", &session)
                .header("MCP-Protocol-Version", VERSION)
                .body(json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }).to_string());
            let response = request.send().await.expect("a response");
            assert_eq!(response.status(), 404, "{path}");
        }
    }
    assert!(writes(&ada, &session).await);
}

#[tokio::test]
async fn a_session_outlives_a_step_up() {
    let server = start().await;
    let reader = server.client("ada", "user:read entries:read");
    let session = open(&reader).await;

    assert!(!writes(&reader, &session).await);
    let writer = server.client("ada", ALL);
    assert!(writes(&writer, &session).await);
    // What one request may is nothing for the next.
    assert!(!writes(&reader, &session).await);
    let page = reader.tool("list_entries", json!({})).await.done();
    assert_eq!(page["entries"].as_array().map(Vec::len), Some(1));
}
