//! Requests other than MCP calls, and the shutdown of the server.

use std::time::{Duration, Instant};

use epicme::ListedScopes;
use scopes_core::report::Report;
use serde_json::{Value, json};

use crate::client::{ALL, Server, http, start, start_with};

async fn metadata(server: &Server) -> Value {
    let url = format!(
        "{}/.well-known/oauth-protected-resource/mcp",
        server.origin()
    );
    let response = http().get(url).send().await.expect("a response");
    let body = response.text().await.expect("a body");
    serde_json::from_str(&body).expect("JSON")
}

#[tokio::test]
async fn who_has_no_token_is_shown_the_way() {
    let server = start().await;
    let response = http().post(server.url()).send().await.expect("a response");
    assert_eq!(response.status(), 401);
    let origin = server.origin();
    let expected = format!(
        "Bearer realm=\"EpicMe\", scope=\"user:read\", \
         resource_metadata=\"{origin}/.well-known/oauth-protected-resource/mcp\""
    );
    assert_eq!(response.headers()["www-authenticate"], expected);
    let metadata = metadata(&server).await;
    assert_eq!(metadata["resource"], server.url());
    assert_eq!(metadata["authorization_servers"], json!([origin]));
}

#[tokio::test]
async fn the_metadata_lists_the_scopes_that_were_chosen() {
    let all: Vec<_> = ALL.split(' ').collect();
    for (choice, listed) in [
        (ListedScopes::Annotated, json!(all)),
        (ListedScopes::Baseline, json!(["user:read"])),
        (ListedScopes::Omitted, Value::Null),
    ] {
        let server = start_with(|options| options.scopes_supported = Some(choice)).await;
        assert_eq!(metadata(&server).await["scopes_supported"], listed);
    }
}

#[tokio::test]
async fn the_first_page_shows_only_what_needs_no_token() {
    let server = start().await;
    let page = async |path: &str| {
        let url = format!("{}{path}", server.origin());
        http().get(url).send().await.expect("a response")
    };
    let front = page("/").await;
    assert_eq!(front.status(), 200);
    let policy = front.headers()["content-security-policy"].clone();
    let policy = policy.to_str().expect("ASCII");
    for rule in [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "form-action 'none'",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }
    let front = front.text().await.expect("a body");
    assert!(front.contains(server.url()), "{front}");
    assert!(
        front.contains("/.well-known/oauth-protected-resource/mcp\""),
        "{front}"
    );
    assert!(!front.contains("list_entries"), "{front}");

    // Any name gets a token here, and any token would get the report.
    let report = page("/scopes").await;
    assert_eq!(report.status(), 200);
    assert_eq!(
        report.headers()["content-security-policy"],
        "frame-ancestors 'none'"
    );
    let published = Report::of_program().published();
    let published = published.with_program("EpicMe", env!("CARGO_PKG_VERSION"));
    assert_eq!(report.text().await.expect("a body"), published.page());
    for path in ["/", "/scopes"] {
        let url = format!("{}{path}", server.origin());
        let post = http().post(url).send().await.expect("a response");
        assert_eq!(post.status(), 405, "{path}");
    }
}

#[tokio::test]
async fn other_paths_are_nobodys() {
    let server = start().await;
    let get = |path: &str| http().get(format!("{}{path}", server.origin())).send();
    let health = get("/healthcheck").await.expect("a response");
    assert_eq!(health.status(), 200);
    for path in ["/mcp2", "/journal", "/scope"] {
        assert_eq!(get(path).await.expect("a response").status(), 404, "{path}");
    }
    let mcp = get("/mcp").await.expect("a response");
    assert_eq!(mcp.status(), 401);
}

/// The status of a ping with this header.
async fn ping(server: &Server, name: &str, value: &str) -> u16 {
    let token = server.client("ada", ALL).token().to_owned();
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" }).to_string();
    let request = http().post(server.url()).bearer_auth(token).body(ping);
    let request = request.header("Accept", "application/json, text/event-stream");
    let request = request.header("Content-Type", "application/json");
    let response = request.header(name, value).send().await;
    response.expect("a response").status().as_u16()
}

#[tokio::test]
async fn other_hosts_and_origins_are_refused_unless_allowed() {
    let cases = [
        ("Host", "localhost:1", false),
        ("Host", "evil.example", true),
        ("Host", "epicme.internal:80", true),
        ("Origin", "http://localhost:6274", false),
        ("Origin", "https://app.example", true),
        ("Origin", "null", true),
    ];
    let server = start().await;
    for (name, value, is_refused) in cases {
        let status = ping(&server, name, value).await;
        assert_eq!(status == 403, is_refused, "{name}: {value}: {status}");
    }
    let request = http().post(server.url()).header("Host", "evil.example");
    let stranger = request.send().await.expect("a response");
    assert_eq!(stranger.status(), 403);
    assert!(!stranger.headers().contains_key("www-authenticate"));

    let server = start_with(|options| {
        options.allow_host.push("epicme.internal".to_owned());
        options.allow_origin.push("https://app.example".to_owned());
    })
    .await;
    for (name, value, is_refused) in cases {
        let is_refused = is_refused && (value == "null" || value == "evil.example");
        let status = ping(&server, name, value).await;
        assert_eq!(status == 403, is_refused, "{name}: {value}: {status}");
    }
}

#[tokio::test]
async fn it_stops_while_streams_are_open() {
    let server = start().await;
    let token = server.client("ada", ALL).token().to_owned();
    let post = http().post(server.url()).bearer_auth(&token);
    let initialize = json!({
        "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" },
        },
    });
    let response = post
        .header("Content-Type", "application/json")
        .header("Accept", "application/json, text/event-stream")
        .body(initialize.to_string())
        .send()
        .await
        .expect("a response");
    let session = response.headers()["mcp-session-id"].clone();
    let stream = http()
        .get(server.url())
        .bearer_auth(&token)
        .header("Accept", "text/event-stream")
        .header("Mcp-Session-Id", session)
        .send()
        .await
        .expect("a stream");
    assert_eq!(stream.status(), 200);
    let url = server.url().to_owned();
    let begin = Instant::now();
    server.stop().await;
    assert!(
        begin.elapsed() < Duration::from_secs(2),
        "{:?}",
        begin.elapsed()
    );
    assert!(http().get(url).send().await.is_err());
}
