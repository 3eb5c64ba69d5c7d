//! Denials of the gate are logged with their operation.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use futures::executor::block_on;
use http::{Request, Response};
use http_body_util::Full;
use scopes_core::mcp::GateLayer;
use scopes_core::testing::StaticVerifier;
use scopes_core::{
    OperationKind, ProtectedOperation, Registry, RequiredScope, Requirement, ScopeCatalog,
    ScopeName,
};
use serde_json::json;
use tower::{Layer, ServiceExt, service_fn};

use crate::story::{listen, log};
use crate::values::Shelves;
use crate::{OPAQUE, SUBJECT, protect};

#[test]
fn the_gate_logs_the_operation_as_its_own_registry_names_it() {
    listen();
    let registry = Registry::default();
    for (kind, name) in [
        (OperationKind::Tool, "search"),
        (OperationKind::Resource, "notes://{id}"),
    ] {
        let requirement = Requirement::one(ScopeName::from_static("notes:read"));
        registry.add(ProtectedOperation::at_run_time(kind, name, requirement));
    }
    let service = service_fn(|_: Request<Full<Bytes>>| {
        std::future::ready(Ok::<_, Infallible>(Response::new(Body::empty())))
    });
    let verifier = StaticVerifier::new().token(OPAQUE, SUBJECT, "entries:read");
    let application = protect(
        Router::new().route_service("/", GateLayer::new(&registry).layer(service)),
        verifier.expect("valid scopes"),
    );
    for (method, named) in [
        ("tools/call", json!({ "name": "search" })),
        ("resources/read", json!({ "uri": "notes://7" })),
    ] {
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": named });
        let request = Request::post("/")
            .header("authorization", format!("Bearer {OPAQUE}"))
            .body(Body::from(message.to_string()));
        let answer = block_on(application.clone().oneshot(request.expect("a request")));
        assert_eq!(answer.expect("an answer").status(), 403);
    }
    let log = log();
    for name in ["search", "notes://{id}"] {
        let operation = format!("auth.operation=\"{name}\"");
        let line = log.lines().find(|line| line.contains(&operation));
        let line = line.unwrap_or_else(|| panic!("{operation} is not in\n{log}"));
        assert!(line.contains("auth.missing_scope=notes:read"), "{line}");
    }
}

/// Operations with equal requirements are told apart, also with the values of arguments.
#[test]
fn the_gate_logs_the_operation_that_was_asked_for() {
    listen();
    let registry = Registry::default();
    let leaf = RequiredScope::declared_as(Shelves::CATALOG, "shelves:{shelf}:read");
    let leaf = leaf.expect("a template");
    for (kind, name) in [
        (OperationKind::Tool, "alphabetise_shelf"),
        (OperationKind::Tool, "dust_shelf"),
        (OperationKind::Resource, "shelves://{shelf}/books"),
        (OperationKind::Resource, "shelves://{shelf}/dust"),
    ] {
        let requirement = Requirement::one(leaf.clone());
        registry.add(ProtectedOperation::at_run_time(kind, name, requirement));
    }
    let service = service_fn(|_: Request<Full<Bytes>>| {
        std::future::ready(Ok::<_, Infallible>(Response::new(Body::empty())))
    });
    let verifier = StaticVerifier::new().token(OPAQUE, SUBJECT, "entries:read");
    let application = protect(
        Router::new().route_service("/", GateLayer::new(&registry).layer(service)),
        verifier.expect("valid scopes"),
    );
    for (method, named, name) in [
        (
            "tools/call",
            json!({ "name": "dust_shelf", "arguments": { "shelf": 1 } }),
            "dust_shelf",
        ),
        (
            "resources/read",
            json!({ "uri": "shelves://1/dust" }),
            "shelves://{shelf}/dust",
        ),
    ] {
        let before = log().len();
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": named });
        let request = Request::post("/")
            .header("authorization", format!("Bearer {OPAQUE}"))
            .body(Body::from(message.to_string()));
        let answer = block_on(application.clone().oneshot(request.expect("a request")));
        assert_eq!(answer.expect("an answer").status(), 403);
        let log = log().split_off(before);
        let operation = format!("auth.operation=\"{name}\"");
        assert!(log.contains(&operation), "{operation} is not in\n{log}");
    }
    for other in ["alphabetise_shelf", "shelves://{shelf}/books"] {
        assert!(!log().contains(other), "{other} was not asked for");
    }
}
