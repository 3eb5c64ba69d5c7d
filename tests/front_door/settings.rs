//! The settings of the server of one call, and why it is not made.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::Request;
use rmcp::transport::streamable_http_server::StreamableHttpServerConfig;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use scopes_core::rmcp::{ProtectServer, ProtectServerError, protect};
use scopes_core::testing::StaticVerifier;
use scopes_core::tower::ProtectLayer;
use scopes_core::{OperationKind, ProtectedOperation, Registry, Requirement};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::journal::{Journal, Plugins, resource, verifier};

const URL: &str = "https://mcp.journal.example/mcp";

fn journal() -> ProtectServer<Journal, StaticVerifier> {
    protect(|| Ok(Journal), resource(URL), verifier())
}

/// The status of a ping of the reader with further headers.
async fn ping(app: &Router, headers: &[(&str, &str)], padding: usize) -> u16 {
    let params = json!({ "_meta": { "padding": "a".repeat(padding) } });
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping", "params": params });
    let (status, _) = post(app, headers, &ping).await;
    status
}

async fn post(app: &Router, headers: &[(&str, &str)], message: &Value) -> (u16, String) {
    let mut request = Request::post("/mcp")
        .header("authorization", "Bearer reader")
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json");
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "mcp.journal.example");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(message.to_string()));
    let answer = app.clone().oneshot(request.expect("a request")).await;
    let answer = answer.expect("infallible");
    let status = answer.status().as_u16();
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
    let body = String::from_utf8_lossy(&body.expect("a body")).into_owned();
    (status, body)
}

fn stateless() -> StreamableHttpServerConfig {
    StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_and_origins_follow_from_the_url_of_the_resource() {
    let app = Router::from(journal().config(stateless()).await.expect("a server"));
    for (headers, status) in [
        ([("host", "mcp.journal.example")], 200),
        ([("host", "mcp.journal.example:8443")], 200),
        ([("host", "127.0.0.1:8080")], 200),
        ([("host", "mcp.internal")], 403),
        ([("origin", "https://mcp.journal.example")], 200),
        ([("origin", "https://app.example.com")], 403),
        ([("origin", "http://localhost:6274")], 403),
    ] {
        assert_eq!(ping(&app, &headers, 0).await, status, "{headers:?}");
    }
    let allowed = journal()
        .config(stateless())
        .allow_host("mcp.internal")
        .and_then(|server| server.allow_origin("https://app.example.com"))
        .expect("a host and an origin");
    let app = Router::from(allowed.await.expect("a server"));
    for header in [
        ("host", "mcp.internal"),
        ("origin", "https://app.example.com"),
    ] {
        assert_eq!(ping(&app, &[header], 0).await, 200, "{header:?}");
    }
    assert!(journal().allow_host("https://mcp.internal").is_err());
    assert!(journal().allow_origin("*").is_err());
    // rmcp's own lists decide nothing.
    let config = stateless()
        .with_allowed_hosts(["other.example"])
        .with_allowed_origins(["https://other.example:443"]);
    let app = Router::from(journal().config(config).await.expect("a server"));
    assert_eq!(ping(&app, &[], 0).await, 200);
    assert_eq!(ping(&app, &[("host", "other.example")], 0).await, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_of_a_body_holds_for_gate_and_server() {
    let mebibyte = 1024 * 1024;
    let app = Router::from(journal().config(stateless()).await.expect("a server"));
    assert_eq!(ping(&app, &[], 3 * mebibyte).await, 200);
    assert_eq!(ping(&app, &[], 5 * mebibyte).await, 413);
    let larger = journal().max_body_bytes(6 * mebibyte).config(stateless());
    let app = Router::from(larger.await.expect("a server"));
    assert_eq!(ping(&app, &[], 5 * mebibyte).await, 200);
    let smaller = journal().config(stateless()).max_body_bytes(1024);
    let app = Router::from(smaller.await.expect("a server"));
    assert_eq!(ping(&app, &[], 2048).await, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn gate_layer_and_sessions_take_further_settings() {
    let server = journal()
        .gate(|gate| gate.body_timeout(Duration::from_secs(1)))
        .gate(|gate| gate.max_body_bytes(1024))
        .layer(ProtectLayer::without_cors)
        .session_manager(Arc::new(NeverSessionManager::default()))
        .config(stateless());
    let server = server.await.expect("a server");
    assert_eq!(server.resource().metadata().resource, URL);
    let app = Router::from(server);
    assert_eq!(ping(&app, &[], 0).await, 200);
    assert_eq!(ping(&app, &[], 2048).await, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_nobody_has_annotated_stops_the_start() {
    let registry = Registry::default();
    let plugins = || {
        let handler = Plugins {
            registry: registry.clone(),
        };
        protect(move || Ok(handler.clone()), resource(URL), verifier()).registry(&registry)
    };
    let error = plugins().await.expect_err("a tool without an annotation");
    assert!(matches!(error, ProtectServerError::Validate(_)));
    assert!(error.to_string().contains("search"), "{error}");
    assert_eq!(format!("{error:?}"), error.to_string());

    // Listed at run time, it is served for as long as it is listed.
    let search = || {
        let requirement = Requirement::authenticated();
        ProtectedOperation::at_run_time(OperationKind::Tool, "search", requirement)
    };
    registry.add(search());
    let app = Router::from(plugins().config(stateless()).await.expect("a server"));
    let call = json!({
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": { "name": "search", "arguments": {} },
    });
    let mut found = Vec::new();
    for is_listed in [true, false, true] {
        registry.remove(OperationKind::Tool, "search");
        if is_listed {
            registry.add(search());
        }
        let (_, body) = post(&app, &[], &call).await;
        found.push(body.contains("three results"));
    }
    assert_eq!(found, [true, false, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_factory_that_makes_no_handler_stops_the_start() {
    let factory = || Err::<Journal, _>(std::io::Error::other("the database is locked"));
    let error = protect(factory, resource(URL), verifier()).await;
    let error = error.expect_err("no handler").to_string();
    assert!(error.contains("the database is locked"), "{error}");
}
