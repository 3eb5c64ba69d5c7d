//! Requests of every method, over every version and mode.

use axum::body::Body;
use serde_json::{Value, json};

use crate::site::{Mode, Site, token};

pub(crate) const MODES: [Mode; 3] = [Mode::Session, Mode::StatelessStream, Mode::StatelessJson];

/// The session of ada's, where there are sessions.
pub(crate) async fn open(site: &Site, mode: Mode) -> Option<String> {
    match mode {
        Mode::Session => Some(site.open_session(&token("ada", ""), "2025-11-25").await),
        _ => None,
    }
}

pub(crate) async fn ask(
    site: &Site,
    session: Option<&str>,
    by: &str,
    version: &str,
    method: &str,
    params: &Value,
) -> Value {
    let mut params = params.clone();
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {
            "extensions": { "io.modelcontextprotocol/tasks": {} } },
    });
    let mut headers = vec![("mcp-protocol-version", version)];
    if version != "2026-07-28" {
        headers.extend(session.map(|session| ("mcp-session-id", session)));
    }
    let name = ["name", "uri", "taskId"]
        .iter()
        .find_map(|member| params[*member].as_str());
    let name = name.map(str::to_owned);
    if version == "2026-07-28" {
        headers.push(("mcp-method", method));
        headers.extend(name.as_deref().map(|name| ("mcp-name", name)));
    }
    site.journal.executed();
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let answer = site
        .post(Some(by), &headers, Body::from(body.to_string()))
        .await;
    assert_eq!(answer.challenge(), None, "{method}: {answer:?}");
    answer.message()
}

pub(crate) fn listen(uri: &str) -> Value {
    json!({ "notifications": { "resourceSubscriptions": [uri] } })
}

pub(crate) fn complete(kind: &str, member: &str, name: &str) -> Value {
    let argument = json!({ "name": "id", "value": "1" });
    json!({ "ref": { "type": kind, member: name }, "argument": argument })
}
