//! What the registry does not list is denied, by the gate and by the handler without one, in the
//! words for what does not exist; and what is listed at run time is not.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use scopes_core::mcp::{GateLayer, Invocation, Message};
use scopes_core::{OperationKind, ProtectedOperation, Registry, Requirement, ScopeToken};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt};

use crate::site::{Mode, Site, token};

const MODES: [Mode; 3] = [Mode::Session, Mode::StatelessStream, Mode::StatelessJson];

/// The session of ada's, where there are sessions.
async fn open(site: &Site, mode: Mode) -> Option<String> {
    match mode {
        Mode::Session => Some(site.open_session(&token("ada", ""), "2025-11-25").await),
        _ => None,
    }
}

async fn ask(
    site: &Site,
    session: Option<&str>,
    by: &str,
    version: &str,
    method: &str,
    params: &Value,
) -> Value {
    let mut params = params.clone();
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {
            "extensions": { "io.modelcontextprotocol/tasks": {} } },
    });
    let mut headers = vec![("mcp-protocol-version", version)];
    if version != "2026-07-28" {
        headers.extend(session.map(|session| ("mcp-session-id", session)));
    }
    let name = ["name", "uri", "taskId"]
        .iter()
        .find_map(|member| params[*member].as_str());
    let name = name.map(str::to_owned);
    if version == "2026-07-28" {
        headers.push(("mcp-method", method));
        headers.extend(name.as_deref().map(|name| ("mcp-name", name)));
    }
    site.journal.executed();
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let answer = site
        .post(Some(by), &headers, Body::from(body.to_string()))
        .await;
    assert_eq!(answer.challenge(), None, "{method}: {answer:?}");
    answer.message()
}

fn listen(uri: &str) -> Value {
    json!({ "notifications": { "resourceSubscriptions": [uri] } })
}

fn complete(kind: &str, member: &str, name: &str) -> Value {
    let argument = json!({ "name": "id", "value": "1" });
    json!({ "ref": { "type": kind, member: name }, "argument": argument })
}

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

/// Behind the handler attribute alone, what has no function is decided as by the gate.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_gate_the_handler_decides() {
    let entry = "journal://entries/1";
    let (older, newer) = ("2025-11-25", "2026-07-28");
    let prompt = complete("ref/prompt", "name", "suggest_tags");
    let template = complete("ref/resource", "uri", "journal://entries/{id}");
    for mode in MODES {
        let site = Site::ungated(mode);
        let session = open(&site, mode).await;
        for (method, params, version, scope, executes) in [
            (
                "resources/subscribe",
                json!({ "uri": entry }),
                older,
                "entries:read",
                "subscribe journal://entries/1",
            ),
            (
                "resources/unsubscribe",
                json!({ "uri": entry }),
                older,
                "entries:read",
                "unsubscribe journal://entries/1",
            ),
            (
                "subscriptions/listen",
                listen(entry),
                newer,
                "entries:read",
                "listen",
            ),
            (
                "completion/complete",
                prompt.clone(),
                older,
                "tags:read",
                "complete",
            ),
            (
                "completion/complete",
                template.clone(),
                newer,
                "entries:read",
                "complete",
            ),
            (
                "resources/directory/read",
                json!({ "uri": "skill://tags" }),
                older,
                "tags:read",
                "directory",
            ),
            (
                "skills/get",
                json!({ "uri": "skill://tags/SKILL.md" }),
                older,
                "tags:read",
                "skills/get",
            ),
            (
                "journal/custom",
                json!({}),
                older,
                "user:read",
                "custom journal/custom",
            ),
            (
                "tools/call",
                json!({ "name": "export", "arguments": {} }),
                older,
                "entries:read",
                "export",
            ),
        ] {
            let case = format!("{method} {params} {mode:?}");
            for scopes in ["", "analytics:view"] {
                let by = token("ada", scopes);
                let message = ask(&site, session.as_deref(), &by, version, method, &params).await;
                let refusal = if method == "tools/call" {
                    assert_eq!(message["result"]["isError"], true, "{case}: {message}");
                    &message["result"]["_meta"]["rs.docs.scopes-core/refusal"]
                } else {
                    assert_eq!(message["error"]["code"], -31403, "{case}: {message}");
                    &message["error"]["data"]
                };
                assert_eq!(refusal["scope"], scope, "{case}: {message}");
                assert_eq!(site.journal.executed(), Vec::<String>::new(), "{case}");
            }
            let by = token("ada", scope);
            let message = ask(&site, session.as_deref(), &by, version, method, &params).await;
            assert!(message["error"].is_null(), "{case}: {message}");
            assert_eq!(site.journal.executed(), [executes], "{case}");
        }
        let task = json!({ "taskId": "task-1" });
        for (method, executes) in [
            ("tasks/get", "get task-1"),
            ("tasks/cancel", "cancel task-1"),
        ] {
            let by = token("ada", "entries:read");
            let message = ask(&site, session.as_deref(), &by, older, method, &task).await;
            assert!(message["error"].is_null(), "{method} {mode:?}: {message}");
            assert_eq!(site.journal.executed(), [executes]);
            let less = token("ada", "analytics:view");
            let message = ask(&site, session.as_deref(), &less, older, method, &task).await;
            assert_eq!(
                message["error"]["code"], -31403,
                "{method} {mode:?}: {message}"
            );
            let other = token("bob", "entries:read");
            let message = ask(&site, session.as_deref(), &other, older, method, &task).await;
            assert_eq!(
                message["error"]["code"], -32602,
                "{method} {mode:?}: {message}"
            );
            assert_eq!(site.journal.executed(), Vec::<String>::new());
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
        let requirement = Requirement::one(ScopeToken::from_static(scope));
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

/// rmcp hands requests whose parameters it cannot read to the hook for methods that it does not
/// know.
#[tokio::test(flavor = "multi_thread")]
async fn parameters_that_cannot_be_read_reach_no_hook() {
    let entry = "journal://entries/1";
    let mut cases = Vec::new();
    for resources in [
        json!([entry, 7]),
        json!([7]),
        json!({}),
        json!(entry),
        json!([null]),
    ] {
        cases.push(json!({ "notifications": { "resourceSubscriptions": resources } }));
    }
    for filter in [json!("all"), json!(7)] {
        cases.push(json!({ "notifications": filter }));
    }
    let mut cases: Vec<_> = cases
        .into_iter()
        .map(|params| ("subscriptions/listen", params))
        .collect();
    for method in ["tools/call", "prompts/get"] {
        cases.push((method, json!({ "name": 7 })));
        cases.push((method, json!({})));
        cases.push((method, json!({ "name": "open", "arguments": 7 })));
    }
    for method in [
        "resources/read",
        "resources/subscribe",
        "skills/get",
        "resources/directory/read",
    ] {
        cases.push((method, json!({ "uri": 7 })));
        cases.push((method, json!({ "uri": null })));
    }
    for method in ["tasks/get", "tasks/update", "tasks/cancel"] {
        cases.push((method, json!({ "taskId": 7 })));
    }
    let argument = json!({ "name": "id", "value": "1" });
    for reference in [
        json!(7),
        json!({}),
        json!({ "type": "ref/tool", "name": "open" }),
    ] {
        cases.push((
            "completion/complete",
            json!({ "ref": reference, "argument": argument }),
        ));
    }
    for mode in [Mode::StatelessStream, Mode::StatelessJson] {
        for (is_gated, site) in [(true, Site::new(mode)), (false, Site::ungated(mode))] {
            for (method, params) in &cases {
                for version in ["2025-11-25", "2026-07-28"] {
                    let by = token("ada", "");
                    let message = ask(&site, None, &by, version, method, params).await;
                    let case = format!("{method} {params} {version}, gate: {is_gated}: {message}");
                    let is_open = params["name"] == "open" && *method == "tools/call";
                    assert!(is_open || message["error"].is_object(), "{case}");
                    let executed = site.journal.executed();
                    let is_custom = executed.iter().any(|what| what.starts_with("custom"));
                    assert!(!is_custom || is_open, "{case}: {executed:?}");
                    assert!(is_open || executed.is_empty(), "{case}: {executed:?}");
                }
            }
        }
    }
}

/// Every request that rmcp dispatches has a row in the table of methods, and is no method of the
/// server's own: a release that adds one fails here.
#[tokio::test]
async fn every_method_of_rmcp_has_a_row() {
    let known: Vec<&str> = crate::methods::rows()
        .iter()
        .map(|row| row.method)
        .collect();
    let source = std::process::Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version=1",
            "--filter-platform",
            env!("TARGET"),
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&source.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let manifest = packages
        .iter()
        .find(|package| package["name"] == "rmcp")
        .and_then(|package| package["manifest_path"].as_str())
        .expect("rmcp is a dependency");
    let model = std::path::Path::new(manifest)
        .with_file_name("src")
        .join("model.rs");
    let model = std::fs::read_to_string(model).expect("the source of rmcp");
    let constants = regex::Regex::new(r#"const_string!\((\w+) = "([^"]+)"\);"#).expect("a pattern");
    let methods: std::collections::HashMap<&str, &str> = constants
        .captures_iter(&model)
        .map(|found| {
            (
                found.get(1).expect("a name").as_str(),
                found.get(2).expect("a text").as_str(),
            )
        })
        .collect();
    // `pub type PingRequest = RequestNoParam<PingRequestMethod>;`
    let requests =
        regex::Regex::new(r"pub type (\w+Request)\s*=\s*\w+<\s*(\w+Method)").expect("a pattern");
    let by_request: std::collections::HashMap<&str, &str> = requests
        .captures_iter(&model)
        .map(|found| {
            (
                found.get(1).expect("a name").as_str(),
                methods[found.get(2).expect("a name").as_str()],
            )
        })
        .collect();
    let arms = regex::Regex::new(r"ClientRequest::(\w+)\(r\) => r\.method\.as_str\(\)")
        .expect("a pattern");
    let mut count = 0;
    for arm in arms.captures_iter(&model) {
        let request = arm.get(1).expect("a name").as_str();
        if request == "CustomRequest" {
            continue;
        }
        let method = by_request
            .get(request)
            .unwrap_or_else(|| panic!("the method of {request}"));
        count += 1;
        assert!(known.contains(method), "{method} has no row");
        let params = json!({ "name": "a", "uri": "a", "taskId": "a", "ref": { "type": "ref/prompt", "name": "a" } });
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let body = body.to_string();
        let message = Message::read(body.as_bytes()).expect("a message");
        let invocation = message.invocation().expect("parameters");
        assert!(
            !matches!(invocation, Invocation::Operation(OperationKind::Method, _)),
            "{method} is not in the table"
        );
    }
    assert!(count >= 21, "{count} requests of rmcp were found");
}
