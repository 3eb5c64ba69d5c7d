//! What an operator is told about parts that are put together wrongly: once, at `WARN`.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use futures::executor::block_on;
use http::{Request, Response};
use http_body_util::Full;
use scopes_core::mcp::GateLayer;
use scopes_core::testing::StaticVerifier;
use scopes_core::tower::ProtectLayer;
use scopes_core::{Registry, ResourceServer};
use tower::{Layer, ServiceExt, service_fn};

use crate::story::{listen, log};

fn protect() -> ProtectLayer<StaticVerifier> {
    let server = ResourceServer::builder("https://api.example.com/v1/journal")
        .authorization_server("https://auth.example.com")
        .registry(Registry::default())
        .build()
        .expect("valid settings");
    ProtectLayer::new(server, StaticVerifier::new())
}

/// Asks for each path without a token, and returns the warnings of it.
fn warnings(app: &Router, paths: &[&str]) -> Vec<String> {
    let before = log().len();
    for path in paths {
        let request = Request::get(*path).body(Body::empty());
        let answer = block_on(app.clone().oneshot(request.expect("a request")));
        assert_eq!(answer.expect("infallible").status(), 401, "{path}");
    }
    let logged = log().split_off(before);
    let lines = logged.lines().filter(|line| line.contains(" WARN "));
    lines.map(str::to_owned).collect()
}

#[test]
fn the_paths_that_a_proxy_forwards_are_logged_at_the_start() {
    listen();
    let before = log().len();
    drop(protect());
    let logged = log().split_off(before);
    let line = logged.lines().find(|line| line.contains("reverse proxy"));
    let line = line.unwrap_or_else(|| panic!("{logged}"));
    for part in [
        " INFO ",
        "resource.url=\"https://api.example.com/v1/journal\"",
        "resource.metadata_path=\"/.well-known/oauth-protected-resource/v1/journal\"",
    ] {
        assert!(line.contains(part), "{line}");
    }
}

#[test]
fn metadata_that_is_not_mounted_is_told_once() {
    listen();
    let routes = || Router::new().route("/journal", get(async || "secret"));
    let layer = protect();
    let mounted = layer.metadata();
    let app = Router::new()
        .nest("/v1", routes().layer(layer))
        .merge(mounted);
    assert_eq!(warnings(&app, &["/v1/journal"]), Vec::<String>::new());

    let app = Router::new().nest("/v1", routes().layer(protect()));
    let warnings = warnings(&app, &["/v1/journal", "/v1/journal"]);
    let [warning] = &warnings[..] else {
        panic!("{warnings:?}");
    };
    for part in [
        "no metadata service is mounted",
        "`ProtectLayer::metadata`",
        "resource.metadata_path=\"/.well-known/oauth-protected-resource/v1/journal\"",
        "resource.metadata_url=\"https://api.example.com/v1/journal?oauth-protected-resource\"",
    ] {
        assert!(warning.contains(part), "{warning}");
    }
}

#[test]
fn a_public_path_with_the_prefix_of_a_nest_is_told_once() {
    listen();
    let layer = protect().public_path("/v1/health");
    let mounted = layer.metadata();
    let inner = Router::new().route("/health", get(async || "well"));
    let app = Router::new().nest("/v1", inner.layer(layer)).merge(mounted);
    let warnings = warnings(&app, &["/v1/health", "/v1/health"]);
    let [warning] = &warnings[..] else {
        panic!("{warnings:?}");
    };
    for part in [
        "without the prefix",
        "public_path=\"/v1/health\"",
        "request.path=\"/health\"",
    ] {
        assert!(warning.contains(part), "{warning}");
    }
}

#[test]
fn a_gate_without_a_layer_is_told_once() {
    listen();
    let mcp = service_fn(|_: Request<Full<Bytes>>| {
        std::future::ready(Ok::<_, Infallible>(Response::new(Body::empty())))
    });
    let gate = GateLayer::new(&Registry::default()).layer(mcp);
    let app = Router::new().route_service("/mcp", gate.clone());
    let first = warnings(&app, &["/mcp", "/mcp"]);
    let [warning] = &first[..] else {
        panic!("{first:?}");
    };
    assert!(warning.contains("no `ProtectLayer`"), "{warning}");
    assert!(warning.contains("scopes_core::rmcp::protect"), "{warning}");

    let layer = protect();
    let mounted = layer.metadata();
    let app = Router::new()
        .route_service("/mcp", layer.layer(gate))
        .merge(mounted);
    assert_eq!(warnings(&app, &["/mcp"]), Vec::<String>::new());
}
