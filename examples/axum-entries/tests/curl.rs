//! The program as its user sees it: every call that it prints is pasted into a shell, and answered
//! with the very bytes that clients rely on.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_axum-entries");
const CALLS: usize = 10;

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Answer {
    status: u16,
    headers: BTreeMap<String, Vec<String>>,
    body: String,
}

impl Answer {
    fn of(output: &[u8]) -> Self {
        let text = std::str::from_utf8(output).expect("UTF-8");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let mut headers = BTreeMap::<String, Vec<String>>::new();
        for line in lines {
            let (name, value) = line.split_once(": ").expect("a header");
            let values = headers.entry(name.to_ascii_lowercase()).or_default();
            values.push(value.to_owned());
        }
        Self {
            status: status
                .and_then(|status| status.parse().ok())
                .expect("a status"),
            headers,
            body: body.to_owned(),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        let values = self.headers.get(name)?;
        assert_eq!(values.len(), 1, "{name} appears once");
        values.first().map(String::as_str)
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

/// The server, where it is, and the calls that it printed, each with the status it promised.
fn start() -> (Server, String, Vec<(u16, String)>) {
    let mut child = Command::new(PROGRAM)
        .args(["--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let stdout = BufReader::new(child.stdout.take().expect("piped"));
    let server = Server(child);
    let mut lines = stdout.lines().map(|line| line.expect("UTF-8"));
    let first = lines.next().expect("where it is");
    let url = first.split_whitespace().nth(4).expect("a URL");
    let url = url.trim_end_matches(',').to_owned();
    let mut calls = Vec::new();
    while calls.len() < CALLS {
        let line = lines.next().expect("another call");
        let Some(comment) = line.strip_prefix("# ") else {
            continue;
        };
        let (status, _) = comment.split_once(':').expect("a status");
        let call = lines.next().expect("a call after its answer");
        calls.push((status.parse().expect("a status"), call));
    }
    (server, url, calls)
}

fn shell(call: &str) -> Answer {
    let call = call.replacen("curl", "curl --silent --show-error --noproxy '*'", 1);
    let output = Command::new("sh").args(["-c", &call]).output();
    let Output {
        status,
        stdout,
        stderr,
    } = output.expect("a shell");
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    Answer::of(&stdout)
}

#[test]
fn the_printed_calls_are_answered_as_they_say() {
    let (_server, url, calls) = start();
    let origin = url.strip_suffix("/entries").expect("the collection");
    let metadata = format!("{origin}/.well-known/oauth-protected-resource/entries");
    let refused = |parameters: &str, description: &str| {
        let named = format!(r#"resource_metadata="{metadata}""#);
        Some(match (parameters, description) {
            ("", _) => format!("Bearer {named}"),
            _ => format!(r#"Bearer {parameters}, {named}, error_description="{description}""#),
        })
    };
    let entry = json!({ "id": 1, "text": "Dear diary" });
    let insufficient = |description: &str, scope: &str| {
        let error = "insufficient_scope";
        json!({ "error": error, "error_description": description, "scope": scope })
    };
    let expected = [
        (401, refused("", ""), None),
        (
            401,
            refused(r#"error="invalid_token""#, "The access token is not valid."),
            Some(
                json!({ "error": "invalid_token", "error_description": "The access token is not valid." }),
            ),
        ),
        (200, None, Some(json!([]))),
        (
            403,
            refused(
                r#"error="insufficient_scope", scope="entries:read entries:write""#,
                "entries:write is required.",
            ),
            Some(insufficient(
                "entries:write is required.",
                "entries:read entries:write",
            )),
        ),
        (201, None, Some(entry.clone())),
        (200, None, Some(json!([entry]))),
        (200, None, Some(json!({ "id": 1, "text": "Dear diary!" }))),
        (
            403,
            refused(
                r#"error="insufficient_scope", scope="entries:1:write entries:write""#,
                "At least one of: entries:write entries:2:write is required.",
            ),
            Some(insufficient(
                "At least one of: entries:write entries:2:write is required.",
                "entries:1:write entries:write",
            )),
        ),
        (
            403,
            refused(
                r#"error="insufficient_scope", scope="entries:write entries:delete""#,
                "All of: entries:write entries:delete are required.",
            ),
            Some(insufficient(
                "All of: entries:write entries:delete are required.",
                "entries:write entries:delete",
            )),
        ),
        (204, None, None),
    ];
    for ((promised, call), (status, challenge, body)) in calls.iter().zip(expected) {
        let answer = shell(call);
        assert_eq!(answer.status, *promised, "{call}");
        assert_eq!(answer.status, status, "{call}");
        assert_eq!(
            answer.header("www-authenticate"),
            challenge.as_deref(),
            "{call}"
        );
        let is_refused = challenge.is_some();
        assert_eq!(
            answer.header("cache-control"),
            is_refused.then_some("no-store")
        );
        if let Some(body) = body {
            assert_eq!(answer.header("content-type"), Some("application/json"));
            assert_eq!(answer.json(), body, "{call}");
        }
    }
    let answer = shell(&format!("curl -i {metadata}"));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["resource"], *url);
    let scopes = json!(["entries:read", "entries:write", "entries:delete"]);
    assert_eq!(answer.json()["scopes_supported"], scopes);
}

fn refused_to_start(arguments: &[&str]) -> String {
    let output = Command::new(PROGRAM).args(arguments).output();
    let output = output.expect("the program starts");
    let text = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    text
}

#[test]
fn what_cannot_start_says_why() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    assert!(refused_to_start(&["--listen", &address]).contains(&address));
    let nobody = "http://127.0.0.1:1";
    let any = ["--listen", "127.0.0.1:0"];
    let started_with = |more: [&str; 2]| refused_to_start(&[any, more].concat());
    assert!(started_with(["--issuer", nobody]).contains(nobody));
    assert!(started_with(["--issuer", "http://auth.example.com"]).contains("https"));
    assert!(started_with(["--resource", "not a URL"]).contains("not a URL"));
    assert!(started_with(["--isuer", nobody]).contains("--issuer"));
}
