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

/// Whether the entry was written.
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

#[tokio::test]
async fn a_session_outlives_a_step_up() {
    let server = start().await;
    let reader = server.client("ada", "user:read entries:read");
    let params = json!({
        "protocolVersion": VERSION, "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" },
    });
    let initialize = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params });
    let response = post(&reader, None, &initialize).await;
    let session = response.headers()["mcp-session-id"].to_str();
    let session = session.expect("text").to_owned();
    drop(response);
    let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let answer = post(&reader, Some(&session), &initialized).await;
    assert_eq!(answer.status(), 202);

    assert!(!writes(&reader, &session).await);
    let writer = server.client("ada", ALL);
    assert!(writes(&writer, &session).await);
    // What one request may is nothing for the next.
    assert!(!writes(&reader, &session).await);
    let page = reader.tool("list_entries", json!({})).await.done();
    assert_eq!(page["entries"].as_array().map(Vec::len), Some(1));
}
