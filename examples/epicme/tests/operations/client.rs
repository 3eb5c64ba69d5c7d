//! A server in this process, and a client that knows nothing of it but its URL and a token.

use std::collections::BTreeMap;

use epicme::{Options, Running, serve};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// Everything there is.
pub(crate) const ALL: &str = "user:read entries:read entries:write tags:read tags:write";

pub(crate) struct Server {
    running: Running,
    _folder: TempDir,
}

pub(crate) async fn start() -> Server {
    start_with(|_| ()).await
}

pub(crate) async fn start_with(choose: impl FnOnce(&mut Options)) -> Server {
    let folder = tempfile::tempdir().expect("a folder");
    let mut options = Options {
        signing_key: Some(folder.path().join("signing-key")),
        ..Options::default()
    };
    choose(&mut options);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let running = serve(&options, listener).await.expect("a server");
    Server {
        running,
        _folder: folder,
    }
}

impl Server {
    pub(crate) fn client(&self, subject: &str, scopes: &str) -> Client {
        let server = self.running.authorization_server.as_ref();
        let server = server.expect("the embedded one");
        self.client_with(server.mint(subject, scopes).expect("a token"))
    }

    pub(crate) fn client_with(&self, token: String) -> Client {
        Client {
            url: self.url().to_owned(),
            token,
            http: http(),
        }
    }

    /// Returns the status of the answer to an empty request with this token.
    pub(crate) async fn status_for(&self, token: &str) -> u16 {
        let request = http().post(self.url()).bearer_auth(token);
        request.send().await.expect("a response").status().as_u16()
    }

    pub(crate) fn url(&self) -> &str {
        &self.running.resource.metadata().resource
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.running.address)
    }

    pub(crate) async fn stop(self) {
        self.running.stop().await;
    }
}

pub(crate) fn http() -> reqwest::Client {
    let client = reqwest::Client::builder().no_proxy().build();
    client.expect("a client")
}

#[derive(Clone)]
pub(crate) struct Client {
    url: String,
    token: String,
    http: reqwest::Client,
}

/// The answer to a call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// The structured content of a tool, the JSON of a resource, or another result as it is.
    Done(Value),
    /// The call was refused, with these scopes to ask for; by HTTP, or in band.
    Refused(String),
    /// The call was allowed, and failed.
    Failed(String),
}

impl Answer {
    #[track_caller]
    pub(crate) fn done(self) -> Value {
        match self {
            Self::Done(value) => value,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn failed(self) -> String {
        match self {
            Self::Failed(message) => message,
            other => panic!("{other:?}"),
        }
    }
}

impl Client {
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn tool(&self, name: &str, arguments: Value) -> Answer {
        let params = json!({ "name": name, "arguments": arguments });
        self.request("tools/call", params).await
    }

    pub(crate) async fn read(&self, uri: &str) -> Answer {
        self.request("resources/read", json!({ "uri": uri })).await
    }

    pub(crate) async fn suggest_tags(&self, entry: i64) -> Answer {
        let arguments = json!({ "entry_id": entry.to_string() });
        let params = json!({ "name": "suggest_tags", "arguments": arguments });
        self.request("prompts/get", params).await
    }

    pub(crate) async fn create_entry(&self, title: &str) -> i64 {
        let draft = json!({ "title": title, "content": "Dear diary" });
        id(&self.tool("create_entry", draft).await.done())
    }

    pub(crate) async fn create_tag(&self, name: &str) -> i64 {
        id(&self
            .tool("create_tag", json!({ "name": name }))
            .await
            .done())
    }

    /// Since 2026-07-28, a request needs no session.
    pub(crate) async fn request(&self, method: &str, mut params: Value) -> Answer {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let name = params.get("name").or_else(|| params.get("uri"));
        let name = name.and_then(Value::as_str).map(str::to_owned);
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let mut request = self
            .http
            .post(&self.url)
            .bearer_auth(&self.token)
            .header("Content-Type", "application/json")
            .header("Accept", "application/json, text/event-stream")
            .header("MCP-Protocol-Version", "2026-07-28")
            .header("Mcp-Method", method)
            .body(body.to_string());
        if let Some(name) = name {
            request = request.header("Mcp-Name", name);
        }
        let response = request.send().await.expect("a response");
        let status = response.status();
        if status == 403 {
            let challenge = response.headers()["www-authenticate"].to_str();
            return Answer::Refused(scope_of(challenge.expect("text")));
        }
        let body = response.text().await.expect("a body");
        let message: Value = serde_json::from_str(&body).unwrap_or_else(|_| {
            panic!("{status}: {body}");
        });
        answer(&message)
    }
}

/// The `scope` of a challenge.
fn scope_of(challenge: &str) -> String {
    let parameters = challenge.strip_prefix("Bearer ").expect("a bearer");
    let parameters = parameters.split("\", ").filter_map(|parameter| {
        let (name, value) = parameter.split_once("=\"")?;
        Some((name, value.trim_end_matches('"')))
    });
    let parameters: BTreeMap<_, _> = parameters.collect();
    assert_eq!(parameters["error"], "insufficient_scope");
    parameters["scope"].to_owned()
}

fn answer(message: &Value) -> Answer {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let error = &message["error"];
    if error["code"] == -31403 {
        return Answer::Refused(text(&error["data"]["scope"]));
    }
    if !error.is_null() {
        return Answer::Failed(text(&error["message"]));
    }
    let result = &message["result"];
    let refusal = &result["_meta"]["rs.docs.scopes-core/refusal"];
    if !refusal.is_null() {
        return Answer::Refused(text(&refusal["scope"]));
    }
    if result["isError"] == true {
        return Answer::Failed(text(&result["content"][0]["text"]));
    }
    if let Some(contents) = result.get("contents") {
        assert_eq!(contents[0]["mimeType"], "application/json");
        let json = contents[0]["text"].as_str().expect("a text");
        return Answer::Done(serde_json::from_str(json).expect("JSON"));
    }
    let structured = result.get("structuredContent").unwrap_or(result);
    Answer::Done(structured.clone())
}

/// The number of an entry or tag.
pub(crate) fn id(value: &Value) -> i64 {
    value["id"].as_i64().expect("a number")
}
