//! The audit file tells what happened to somebody who was not there.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use scopes_core::testing::Issuer;
use serde_json::{Value, json};

use crate::log::address;
use crate::program::{Home, Program, text};

/// A client of the program, in a session.
struct Client {
    url: String,
    http: reqwest::Client,
    token: Option<String>,
    session: Option<String>,
}

impl Client {
    fn new(address: &str, token: Option<&str>) -> Self {
        Self {
            url: format!("http://{address}/mcp"),
            http: reqwest::Client::new(),
            token: token.map(str::to_owned),
            session: None,
        }
    }

    fn request(&self, request: reqwest::RequestBuilder, id: &str) -> reqwest::RequestBuilder {
        let request = request
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2025-11-25")
            .header("x-request-id", id);
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        match &self.session {
            Some(session) => request.header("mcp-session-id", session),
            None => request,
        }
    }

    async fn send(&self, id: &str, method: &str, params: Value) -> reqwest::Response {
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let request = self.request(self.http.post(&self.url), id).json(&message);
        request.send().await.expect("an answer")
    }

    async fn open(&mut self) {
        let params = json!({
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" },
        });
        let answer = self.send("open", "initialize", params).await;
        assert_eq!(answer.status(), 200);
        let session = answer.headers()["mcp-session-id"].to_str().expect("ASCII");
        self.session = Some(session.to_owned());
        let message = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        let request = self
            .request(self.http.post(&self.url), "open")
            .json(&message);
        assert_eq!(request.send().await.expect("an answer").status(), 202);
    }

    async fn call(&self, id: &str, tool: &str, arguments: Value) -> u16 {
        let params = json!({ "name": tool, "arguments": arguments });
        self.send(id, "tools/call", params).await.status().as_u16()
    }
}

fn start(home: &Home, arguments: &[&str]) -> (Program, String) {
    let mut program = home.start(arguments);
    let address = address(&mut program);
    (program, address)
}

/// The lines of the file of today; a test at midnight reads those of both days.
fn lines(folder: &Path) -> Vec<String> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.to_string_lossy().contains("audit.jsonl."))
        .collect();
    files.sort();
    let texts = files
        .iter()
        .map(|file| fs::read_to_string(file).expect("UTF-8"));
    let lines: Vec<String> = texts
        .collect::<String>()
        .lines()
        .map(str::to_owned)
        .collect();
    lines
}

/// Returns a line without its time and the hash of the subject.
fn told(line: &str) -> String {
    let event: Value = serde_json::from_str(line).expect("JSON");
    assert_eq!(event["target"], "scopes_core::audit");
    assert!(event["timestamp"].is_string());
    let field = |name: &str| event[name].as_str().unwrap_or("-").to_owned();
    let fields = [
        "request.id",
        "audit.event",
        "auth.outcome",
        "auth.client_id",
        "auth.operation",
        "auth.required_scope",
        "auth.missing_scope",
        "auth.reason",
    ];
    fields.map(field).join(" | ")
}

/// Returns a new key of the client `nightly`, and its entry.
fn api_key(home: &Home) -> (String, String) {
    let made = home.run(&[
        "scopes",
        "key",
        "new",
        "--prefix",
        "epicme_",
        "--name",
        "nightly",
        "--scope",
        "entries:read",
        "--expires",
        "never",
    ]);
    let made = text(made.stdout);
    let key = made
        .lines()
        .find(|line| line.starts_with("epicme_"))
        .expect("a key")
        .to_owned();
    let entry = made
        .lines()
        .find(|line| line.starts_with("nightly "))
        .expect("an entry");
    (key, entry.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_file_tells_the_story() {
    let issuer = Issuer::start().await.expect("a port");
    let folder = tempfile::tempdir().expect("a folder");
    let [audit, key_file, keys] =
        ["audit.jsonl", "audit.key", "keys"].map(|name| folder.path().join(name));
    fs::write(&key_file, "07".repeat(32)).expect("written");
    let home = Home::new();
    let (key, entry) = api_key(&home);
    fs::write(&keys, format!("{entry}\n")).expect("written");

    let arguments = [
        "--listen",
        "127.0.0.1:0",
        "--authorization-server",
        issuer.url(),
        "--api-keys",
        keys.to_str().expect("UTF-8"),
        "--audit-file",
        audit.to_str().expect("UTF-8"),
        "--audit-key-file",
        key_file.to_str().expect("UTF-8"),
    ];
    let (program, address) = start(&home, &arguments);
    let token = |scope: &str| {
        let token = issuer.token(&format!("http://{address}/mcp")).scope(scope);
        token.sign().expect("a token")
    };

    // A user signs in after a 401, reads, is refused, and steps up.
    let stranger = Client::new(&address, None);
    assert_eq!(stranger.call("1", "list_entries", json!({})).await, 401);
    let mut user = Client::new(&address, Some(&token("entries:read")));
    user.open().await;
    assert_eq!(user.call("2", "list_entries", json!({})).await, 200);
    let entry = json!({ "title": "A day", "content": "Nothing." });
    assert_eq!(user.call("3", "create_entry", entry.clone()).await, 403);
    user.token = Some(token("entries:read entries:write"));
    assert_eq!(user.call("4", "create_entry", entry).await, 200);
    let notebook = json!({ "notebook": 7, "title": "A day", "content": "Nothing." });
    user.token = Some(token("notebooks:8:write"));
    assert_eq!(user.call("5", "write_in_notebook", notebook).await, 403);
    let mut wrong = Client::new(&address, None);
    let of_another = issuer.token("https://other.example/mcp");
    wrong.token = Some(of_another.sign().expect("a token"));
    assert_eq!(wrong.call("6", "list_entries", json!({})).await, 401);

    // A machine listens with its API key, until the key is taken away.
    let mut machine = Client::new(&address, Some(&key));
    machine.open().await;
    let stream = machine.request(machine.http.get(&machine.url), "7").send();
    let stream = stream.await.expect("an answer");
    assert_eq!(stream.status(), 200);
    fs::write(&keys, "").expect("written");
    let began = Instant::now();
    let _ = tokio::time::timeout(Duration::from_secs(60), stream.text()).await;
    assert!(began.elapsed() < Duration::from_secs(60), "the stream ends");
    assert_eq!(machine.call("8", "list_entries", json!({})).await, 401);
    drop(program);

    let lines = lines(folder.path());
    println!("{}", lines.join("\n"));
    let told: Vec<String> = lines.iter().map(|line| told(line)).collect();
    assert_eq!(
        told,
        [
            "1 | request | missing_token | - | - | - | - | -",
            "2 | request | allowed | client | list_entries | any(entries:read, entries:write) | - | -",
            "3 | operation | insufficient_scope | client | create_entry | entries:write | entries:write | -",
            "4 | request | allowed | client | create_entry | entries:write | - | -",
            "5 | operation | insufficient_scope | client | write_in_notebook | \
             notebooks:{notebook}:write | notebooks:{notebook}:write | -",
            "6 | request | invalid_token | - | - | - | - | wrong_audience",
            "7 | stream | invalid_token | nightly | - | - | - | unknown_api_key",
            "8 | request | invalid_token | - | - | - | - | unknown_api_key",
        ]
    );
    // One person, before and after the step-up, and no name.
    let hashes: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.split("\"auth.subject_hash\":\"").nth(1))
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(
        hashes.len() >= 4 && hashes[..4].iter().all(|hash| *hash == hashes[0]),
        "{hashes:?}"
    );
    for secret in [&key, "A day", "notebooks:7", "notebooks:8"] {
        assert!(lines.iter().all(|line| !line.contains(secret)), "{secret}");
    }
}
