//! What the registry does not list is denied, by the gate and by the handler without one, in the
//! words for what does not exist; and what is listed at run time is not.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use scopes_core::mcp::GateLayer;
use scopes_core::{OperationKind, ProtectedOperation, Registry, Requirement, ScopeName};
use serde_json::json;
use tower::{Layer, ServiceExt};

use crate::requests::{MODES, ask, complete, listen, open};
use crate::site::{Site, token};

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_nearly_known_are_unknown() {
    let entry = "journal://entries/1";
    let mut cases = Vec::new();
    for uri in [
        "journal://entries",
        "journal://entries/",
        "JOURNAL://entries/1",
        "journal://entries/./1",
        "journal://entries/..",
        "journal://entries/%2e%2e",
        "journal://entries/1/",
        "journal://entries/1/2",
        " journal://entries/1",
        "journal://other/1",
        "",
    ] {
        let named = json!({ "uri": uri });
        cases.push(("resources/read", named.clone(), "2025-11-25"));
        cases.push(("resources/read", named.clone(), "2026-07-28"));
        cases.push(("resources/subscribe", named.clone(), "2025-11-25"));
        cases.push(("resources/unsubscribe", named.clone(), "2025-11-25"));
        cases.push(("resources/directory/read", named, "2025-11-25"));
        cases.push(("subscriptions/listen", listen(uri), "2026-07-28"));
        cases.push((
            "completion/complete",
            complete("ref/resource", "uri", uri),
            "2025-11-25",
        ));
    }
    for name in ["suggest_tags ", "Suggest_tags", "suggest_tag", ""] {
        cases.push(("prompts/get", json!({ "name": name }), "2025-11-25"));
        cases.push((
            "completion/complete",
            complete("ref/prompt", "name", name),
            "2026-07-28",
        ));
    }
    for name in ["create_tag ", "Create_tag", "list_entries", ""] {
        cases.push(("tools/call", json!({ "name": name }), "2025-11-25"));
    }
    // A tool is no prompt, and a prompt no resource.
    cases.push(("prompts/get", json!({ "name": "create_tag" }), "2025-11-25"));
    cases.push((
        "tools/call",
        json!({ "name": "suggest_tags" }),
        "2025-11-25",
    ));
    cases.push((
        "resources/read",
        json!({ "uri": "suggest_tags" }),
        "2025-11-25",
    ));
    cases.push((
        "tools/call",
        json!({ "name": "journal/custom" }),
        "2025-11-25",
    ));
    cases.push((
        "completion/complete",
        complete("ref/prompt", "name", entry),
        "2025-11-25",
    ));
    for method in [
        "journal/Custom",
        "journal/custom/",
        "create_tag",
        "tasks/unknown",
        "skills/put",
    ] {
        cases.push((
            method,
            json!({ "name": "open", "uri": entry }),
            "2025-11-25",
        ));
    }

    for (is_gated, site) in MODES.iter().flat_map(|mode| {
        [(true, Site::new(*mode)), (false, Site::ungated(*mode))]
            .map(|(is_gated, site)| ((is_gated, *mode), site))
    }) {
        let (is_gated, mode) = is_gated;
        let by = token("ada", "entries:read");
        let session = open(&site, mode).await;
        for (method, params, version) in &cases {
            let case = format!("{method} {params} {version} {mode:?}, gate: {is_gated}");
            let message = ask(&site, session.as_deref(), &by, version, method, params).await;
            let code = message["error"]["code"].as_i64();
            assert!(
                matches!(code, Some(-32601 | -32602 | -32002)),
                "{case}: {message}"
            );
            let executed = site.journal.executed();
            assert_eq!(executed, Vec::<String>::new(), "{case}");
        }
    }
}

/// The gate of a server whose tools come and go.
#[tokio::test]
async fn operations_come_and_go_while_the_gate_stands() {
    let registry = Registry::default();
    let seen = Arc::new(AtomicUsize::new(0));
    let server = {
        let seen = Arc::clone(&seen);
        tower::service_fn(move |_: Request<Full<Bytes>>| {
            seen.fetch_add(1, Ordering::SeqCst);
            std::future::ready(Ok::<_, Infallible>(Response::new(Body::empty())))
        })
    };
    let gated = crate::site::protect(crate::site::verifier())
        .layer(GateLayer::new(&registry).layer(server));
    let call = async |scopes: &str| {
        let token = token("ada", scopes);
        let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search"}}"#;
        let request = Request::post("/mcp")
            .header("host", "localhost")
            .header("authorization", format!("Bearer {token}"))
            .body(Full::new(Bytes::from_static(body.as_bytes())));
        let answer = gated.clone().oneshot(request.expect("a request")).await;
        let status = answer.expect("infallible").status().as_u16();
        (status, seen.swap(0, Ordering::SeqCst))
    };
    let search = |scope| {
        let requirement = Requirement::one(ScopeName::from_static(scope));
        ProtectedOperation::at_run_time(OperationKind::Tool, "search", requirement)
    };
    let denied = (200, 0);
    assert_eq!(call("tags:read").await, denied, "in band");
    registry.add(search("tags:read"));
    assert_eq!(call("tags:read").await, (200, 1));
    assert_eq!(call("user:read").await, (403, 0));
    // Two of one name: a caller needs both.
    registry.add(search("entries:read"));
    assert_eq!(call("tags:read").await, (403, 0));
    registry.remove(OperationKind::Tool, "search");
    assert_eq!(call("tags:read").await, denied);
    registry.dangerously_pass_undeclared();
    assert_eq!(call("").await, (200, 1));
    registry.add(search("tags:read"));
    assert_eq!(call("").await, (403, 0), "what is listed is decided");
}
