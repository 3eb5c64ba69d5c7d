//! The script that starts three instances behind nginx: a client steps up while one of them is killed.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reqwest::{Client, Response};
use serde_json::{Value, json};

/// The script at work; ends with this.
struct Instances {
    script: Child,
    /// The processes of the instances.
    processes: Vec<u32>,
    url: String,
    token_command: String,
    revoke_command: String,
}

/// Returns the first of five ports that nothing listens at, below those that the system gives out; others for
/// each test.
fn free_ports() -> u16 {
    static TESTS: AtomicU32 = AtomicU32::new(0);
    let test = TESTS.fetch_add(1, Ordering::Relaxed);
    let first = u16::try_from((std::process::id() * 2 + test) % 2000).expect("small");
    let mut ports = (0..1000).map(|number| 20_000 + (first + 2 * number) % 2000 * 5);
    let is_free = |port: &u16| {
        let mut each = *port..*port + 5;
        each.all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok())
    };
    ports.find(is_free).expect("free ports")
}

/// Where every program has to be there, nothing may be passed over.
fn is_installed() -> bool {
    let runs = |program: &str, argument| {
        let output = Command::new(program).arg(argument).output();
        output.is_ok_and(|output| output.status.success())
    };
    let has_nginx = runs("nginx", "-v") || runs("/usr/sbin/nginx", "-v");
    if has_nginx && runs("redis-server", "--version") {
        return true;
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "nginx or redis-server is missing"
    );
    eprintln!("passed over: nginx or redis-server is not installed");
    false
}

impl Instances {
    fn start() -> Self {
        let port = free_ports();
        let mut script = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/instances"))
            .env("PORT", port.to_string())
            .env("EPICME", env!("CARGO_BIN_EXE_epicme"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("bash");
        let stdout = script.stdout.take().expect("piped");
        let mut instances = Self {
            script,
            processes: Vec::new(),
            url: String::new(),
            token_command: String::new(),
            revoke_command: String::new(),
        };
        for line in BufReader::new(stdout).lines() {
            let line = line.expect("UTF-8");
            if let Some((_, process)) = line.split_once(": process ") {
                let number = process.split(',').next().expect("a number");
                instances.processes.push(number.parse().expect("a number"));
            } else if let Some(text) = line.strip_prefix("EpicMe is at ") {
                let url = text.split(';').next().expect("a URL");
                url.clone_into(&mut instances.url);
            } else if let Some(command) = line.strip_prefix("Revoke a token: ") {
                command.clone_into(&mut instances.revoke_command);
            } else if let Some(command) = line.strip_prefix("A token: ") {
                command.clone_into(&mut instances.token_command);
                break;
            }
        }
        assert_eq!(instances.processes.len(), 3);
        instances
    }

    fn token(&self, scopes: &str) -> String {
        run(&self.token_command.replace("entries:read", scopes))
    }

    fn revoke(&self, token: &str) -> String {
        run(&self.revoke_command.replace("TOKEN", token))
    }
}

impl Drop for Instances {
    fn drop(&mut self) {
        signal("TERM", self.script.id());
        let _ = self.script.wait();
    }
}

/// Runs a command, and returns what it prints.
fn run(command: &str) -> String {
    let output = Command::new("sh").args(["-c", command]).output();
    let printed = String::from_utf8(output.expect("a shell").stdout);
    printed.expect("UTF-8").trim().to_owned()
}

fn signal(signal: &str, process: u32) {
    let process = process.to_string();
    let kill = Command::new("kill").args(["-s", signal, &process]).status();
    assert!(kill.expect("a program").success());
}

async fn post(url: &str, token: &str, session: Option<&str>, message: &Value) -> Response {
    let client = Client::builder().no_proxy().build().expect("a client");
    let request = client
        .post(url)
        .bearer_auth(token)
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json")
        .body(message.to_string());
    let request = match session {
        Some(session) => request
            .header("mcp-session-id", session)
            .header("mcp-protocol-version", "2025-06-18"),
        None => request,
    };
    request.send().await.expect("an answer")
}

/// Opens a session, and returns its id.
async fn open(url: &str, token: &str) -> String {
    let params = json!({
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" },
    });
    let opened = post(url, token, None, &message("initialize", &params)).await;
    assert_eq!(opened.status(), 200);
    let session = opened.headers().get("mcp-session-id").expect("a session");
    session.to_str().expect("ASCII").to_owned()
}

fn message(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

#[tokio::test]
async fn a_client_steps_up_behind_nginx_while_an_instance_is_killed() {
    if !is_installed() {
        return;
    }
    let instances = Instances::start();
    let url = &instances.url;
    let reader = instances.token("entries:read");
    let session = open(url, &reader).await;
    let list = message(
        "tools/call",
        &json!({ "name": "list_entries", "arguments": {} }),
    );
    for _ in 0..3 {
        let answer = post(url, &reader, Some(&session), &list).await;
        assert_eq!(answer.status(), 200);
    }

    let entry = json!({ "title": "Hello", "content": "Dear diary" });
    let create = json!({ "name": "create_entry", "arguments": entry });
    let create = message("tools/call", &create);
    let refused = post(url, &reader, Some(&session), &create).await;
    assert_eq!(refused.status(), 403);
    let challenge = refused.headers().get("www-authenticate");
    let challenge = challenge.expect("a challenge").to_str().expect("ASCII");
    let (_, scopes) = challenge.split_once("scope=\"").expect("scopes");
    let (scopes, _) = scopes.split_once('"').expect("scopes");

    signal("KILL", instances.processes[1]);
    let writer = instances.token(scopes);
    for _ in 0..6 {
        let answer = post(url, &writer, Some(&session), &create).await;
        assert_eq!(answer.status(), 200);
    }
    // The instances that are left have one journal.
    for _ in 0..2 {
        let answer = post(url, &reader, Some(&session), &list).await;
        let body = answer.text().await.expect("a body");
        assert_eq!(body.matches("Hello").count() % 6, 0, "{body}");
        assert!(body.contains("Hello"), "{body}");
    }
}

#[tokio::test]
async fn a_revoked_token_is_rejected_by_every_instance() {
    if !is_installed() {
        return;
    }
    let instances = Instances::start();
    let reader = instances.token("entries:read");
    let list = json!({ "name": "list_entries", "arguments": {} });
    let list = message("tools/call", &list);
    let kept = instances.token("entries:read");
    let session = open(&instances.url, &reader).await;
    let ask = async |token: &str| {
        let answer = post(&instances.url, token, Some(&session), &list).await;
        answer.status().as_u16()
    };
    assert_eq!(ask(&reader).await, 200);

    let answer = instances.revoke(&reader);
    assert!(answer.contains("revoked_until"), "{answer}");
    let everywhere = async {
        let mut in_a_row = 0;
        // Round robin: six in a row are two at each instance.
        while in_a_row < 6 {
            in_a_row = match ask(&reader).await {
                401 => in_a_row + 1,
                200 => 0,
                status => panic!("{status}"),
            };
        }
    };
    let everywhere = tokio::time::timeout(Duration::from_secs(20), everywhere).await;
    assert!(everywhere.is_ok(), "an instance still accepts the token");
    assert_eq!(ask(&kept).await, 200);
}
