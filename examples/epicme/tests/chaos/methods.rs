//! The methods of MCP in a session that goes on from instance to instance, and without one.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Client, Response};
use serde_json::{Value, json};

use crate::site::Site;

/// The answer to a method, which every instance has to give.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Result,
    /// 403: the token lacks a scope.
    Refused,
    /// A JSON-RPC error of this code.
    Error(i64),
}

use Outcome::{Error, Refused, Result};

/// `EpicMe` has neither of them.
const NOT_FOUND: Outcome = Error(-32601);

/// A method, its parameters, and the outcomes for a caller with every scope and for one with `user:read` alone.
fn methods() -> Vec<(&'static str, Value, Outcome, Outcome)> {
    let list_entries = json!({ "name": "list_entries", "arguments": {} });
    let suggest = json!({ "name": "suggest_tags", "arguments": { "entry_id": "1" } });
    let complete = json!({
        "ref": { "type": "ref/prompt", "name": "suggest_tags" },
        "argument": { "name": "entry_id", "value": "" },
    });
    let tags = json!({ "uri": "epicme://tags" });
    let entry = json!({ "uri": "epicme://entries/1" });
    vec![
        ("ping", json!({}), Result, Result),
        ("tools/list", json!({}), Result, Result),
        ("tools/call", list_entries, Result, Refused),
        ("resources/list", json!({}), Result, Result),
        ("resources/templates/list", json!({}), Result, Result),
        ("resources/read", tags.clone(), Result, Refused),
        ("resources/read", entry, Result, Refused),
        ("prompts/list", json!({}), Result, Result),
        ("prompts/get", suggest, Result, Refused),
        ("completion/complete", complete, Result, Refused),
        ("resources/subscribe", tags, NOT_FOUND, Refused),
        (
            "logging/setLevel",
            json!({ "level": "info" }),
            NOT_FOUND,
            NOT_FOUND,
        ),
    ]
}

/// A caller at nginx.
struct Caller {
    client: Client,
    url: String,
    token: String,
    session: Option<String>,
}

impl Caller {
    fn new(site: &Site, subject: &str, scope: &str) -> Self {
        Self {
            client: Client::builder().no_proxy().build().expect("a client"),
            url: site.url(),
            token: site.token(subject, scope),
            session: None,
        }
    }

    async fn post(&self, method: &str, params: &Value) -> Response {
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        self.send(&message).await
    }

    async fn send(&self, message: &Value) -> Response {
        let mut request = self
            .client
            .post(&self.url)
            .bearer_auth(&self.token)
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json");
        if let Some(session) = &self.session {
            request = request
                .header("mcp-session-id", session)
                .header("mcp-protocol-version", "2025-06-18");
        }
        let answer = request.body(message.to_string()).send().await;
        answer.expect("an answer")
    }

    /// Sends a request of MCP 2026-07-28, which has no session.
    async fn post_without_session(&self, method: &str, params: &Value) -> Response {
        let mut params = params.clone();
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { "name": "chaos", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let mut request = self
            .client
            .post(&self.url)
            .bearer_auth(&self.token)
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", method);
        if let Some(name) = params["name"].as_str().or(params["uri"].as_str()) {
            request = request.header("mcp-name", name);
        }
        let answer = request.body(message.to_string()).send().await;
        answer.expect("an answer")
    }

    async fn open_session(&mut self) {
        let params = json!({
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": { "name": "chaos", "version": "1" },
        });
        let opened = self.post("initialize", &params).await;
        assert_eq!(opened.status(), 200);
        let session = opened.headers().get("mcp-session-id").expect("a session");
        self.session = Some(session.to_str().expect("ASCII").to_owned());
        let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        assert_eq!(self.send(&ready).await.status(), 202);
    }
}

/// Checks each method until three instances have answered it.
pub(crate) async fn on_every_instance(site: &Site) {
    let every = "entries:read entries:write tags:read user:read";
    let mut problems = Vec::new();
    let mut ada = Caller::new(site, "ada", every);
    ada.open_session().await;
    let create = json!({ "name": "create_entry", "arguments": { "title": "Hello", "content": "Dear diary" } });
    let created = ada.post("tools/call", &create).await;
    assert_eq!(created.status(), 200);
    let mut ben = Caller::new(site, "ada", "user:read");
    ben.open_session().await;
    for (method, params, of_ada, of_ben) in methods() {
        for (caller, expected) in [(&ada, of_ada), (&ben, of_ben)] {
            for has_session in [true, false] {
                // MCP 2026-07-28 has no such method.
                if !has_session
                    && ["ping", "logging/setLevel", "resources/subscribe"].contains(&method)
                {
                    continue;
                }
                let mut by_instance = BTreeMap::new();
                for _ in 0..6 {
                    let answer = if has_session {
                        caller.post(method, &params).await
                    } else {
                        caller.post_without_session(method, &params).await
                    };
                    let instance = answer.headers().get("x-instance").cloned();
                    let instance = instance
                        .expect("nginx says it")
                        .to_str()
                        .expect("ASCII")
                        .to_owned();
                    by_instance.insert(instance, outcome(answer).await);
                }
                let is_expected = |got: &std::result::Result<Outcome, String>| *got == Ok(expected);
                if by_instance.len() != 3 || !by_instance.values().all(is_expected) {
                    problems.push(format!("{method} {params}, session: {has_session}: expected {expected:?}, got {by_instance:#?}"));
                }
            }
        }
    }
    let names: BTreeSet<_> = methods().iter().map(|(method, ..)| *method).collect();
    println!(
        "{} methods on three instances: {} problems",
        names.len(),
        problems.len()
    );
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Returns the outcome, or what else came back.
async fn outcome(answer: Response) -> std::result::Result<Outcome, String> {
    let status = answer.status().as_u16();
    let body = answer.text().await.expect("a body");
    if status == 403 {
        return Ok(Refused);
    }
    let data = body.lines().filter_map(|line| line.strip_prefix("data:"));
    let last = data
        .filter_map(|data| serde_json::from_str::<Value>(data).ok())
        .next_back();
    let message = last
        .or_else(|| serde_json::from_str(&body).ok())
        .unwrap_or_default();
    match (&message["result"], message["error"]["code"].as_i64()) {
        (_, Some(code)) => Ok(Error(code)),
        (Value::Object(_), None) if status == 200 => Ok(Result),
        _ => Err(format!("{status} {body}")),
    }
}
