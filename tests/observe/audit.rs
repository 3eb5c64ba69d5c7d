//! The audit trail, read back from JSON lines.

use std::convert::Infallible;
use std::io::Write;
use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use futures::FutureExt as _;
use futures::executor::block_on;
use http::{Request, Response};
use http_body_util::Full;
use scopes_core::mcp::GateLayer;
use scopes_core::observe::Audit;
use scopes_core::testing::StaticVerifier;
use scopes_core::tower::ProtectLayer;
use scopes_core::{
    OperationKind, ProtectedOperation, Registry, RequiredScope, Requirement, ResourceServer,
    ScopeCatalog,
};
use scopes_tests::issuer::RESOURCE;
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};
use tracing_subscriber::fmt::MakeWriter;

use crate::values::Shelves;
use crate::{OPAQUE, SUBJECT, create_entry, list_entries};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const KEY: [u8; 32] = [7; 32];

/// The lines of a trail.
#[derive(Clone, Default)]
struct Trail(Arc<Mutex<Vec<u8>>>);

impl Write for Trail {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Trail {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Returns the events of the trail while `work` runs, without what every line has.
fn trail(work: impl FnOnce()) -> Vec<Value> {
    let trail = Trail::default();
    let lines = tracing_subscriber::fmt().json().flatten_event(true);
    let subscriber = lines.with_writer(trail.clone()).finish();
    tracing::subscriber::with_default(subscriber, work);
    let written = trail.0.lock().expect("not poisoned").clone();
    let lines = String::from_utf8(written).expect("UTF-8");
    let events = lines.lines().map(|line| {
        let mut event: Value = serde_json::from_str(line).expect("JSON");
        let members = event.as_object_mut().expect("an object");
        for name in ["timestamp", "level", "span", "spans"] {
            members.remove(name);
        }
        event
    });
    let mut events: Vec<Value> = events
        .filter(|event| event["target"] == Audit::TARGET)
        .collect();
    for event in &mut events {
        event.as_object_mut().expect("an object").remove("target");
    }
    events
}

fn protect(audit: Audit) -> ProtectLayer<StaticVerifier> {
    let verifier = StaticVerifier::new().token(OPAQUE, SUBJECT, "entries:read shelves:7:read");
    let server = ResourceServer::builder(RESOURCE)
        .authorization_server("https://auth.example.com")
        .registry(Registry::default())
        .build()
        .expect("valid settings");
    ProtectLayer::new(server, verifier.expect("valid scopes")).audit(audit)
}

fn http(audit: Audit) -> Router {
    let routes = Router::new()
        .route("/", get(list_entries))
        .route("/create", get(create_entry));
    routes.layer(protect(audit))
}

fn ask(application: &Router, path: &str, headers: &[(&str, &str)], body: String) -> u16 {
    let request = if body.is_empty() {
        Request::get(path)
    } else {
        Request::post(path)
    };
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    let request = request.body(Body::from(body)).expect("a request");
    let answer = block_on(application.clone().oneshot(request));
    answer.expect("an answer").status().as_u16()
}

fn get_with(application: &Router, path: &str, headers: &[(&str, &str)]) -> u16 {
    ask(application, path, headers, String::new())
}

const BEARER: (&str, &str) = ("authorization", "Bearer opaque-0f1e2d3c4b5a");

/// The hash of the subject under `KEY`, by another implementation.
fn hash(issuer: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &KEY);
    let tag = hmac::sign(&key, format!("{issuer}\n{SUBJECT}").as_bytes());
    let digits = tag.as_ref()[..16].iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}

#[test]
fn a_denied_request_is_one_event() {
    let application = http(Audit::new().subject_key(KEY));
    let events = trail(|| {
        assert_eq!(get_with(&application, "/", &[]), 401);
        let parent = format!("00-{TRACE}-b7ad6b7169203331-01");
        assert_eq!(
            get_with(&application, "/create", &[BEARER, ("traceparent", &parent)]),
            403
        );
        let unknown = ("authorization", "Bearer unknown");
        assert_eq!(
            get_with(&application, "/", &[unknown, ("x-request-id", "r-1")]),
            401
        );
        let foreign = ("origin", "https://evil.example");
        assert_eq!(get_with(&application, "/", &[BEARER, foreign]), 403);
        // Allowed requests were not asked for.
        assert_eq!(get_with(&application, "/", &[BEARER]), 200);
    });
    let denied = |outcome: &str| {
        json!({
            "message": "the request is denied",
            "audit.event": "request",
            "auth.outcome": outcome,
        })
    };
    let with = |mut event: Value, more: Value| {
        let members = event.as_object_mut().expect("an object");
        members.extend(more.as_object().expect("an object").clone());
        event
    };
    let issuer = "";
    assert_eq!(
        events,
        [
            denied("missing_token"),
            json!({
                "message": "the operation is denied",
                "audit.event": "operation",
                "auth.outcome": "insufficient_scope",
                "request.id": TRACE,
                "auth.subject_hash": hash(issuer),
                "auth.operation": concat!(module_path!(), "::create_entry").replace("::audit", ""),
                "auth.required_scope": "entries:write",
                "auth.missing_scope": "entries:write",
            }),
            with(
                denied("invalid_token"),
                json!({ "request.id": "r-1", "auth.reason": "unknown" })
            ),
            denied("origin_not_allowed"),
        ]
    );
}

#[test]
fn an_allowed_request_is_one_event_where_it_is_asked_for() {
    let application = http(Audit::new().subject_key(KEY).allowed(true));
    let events = trail(|| assert_eq!(get_with(&application, "/", &[BEARER]), 200));
    let [event] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(event["audit.event"], "request");
    assert_eq!(event["auth.outcome"], "allowed");
    assert_eq!(event["auth.required_scope"], "entries:read");
    assert!(
        event["auth.operation"]
            .as_str()
            .is_some_and(|name| name.ends_with("::list_entries"))
    );
}

/// A call that has begun is in the trail, whether or not its client waits for the answer.
#[test]
fn an_allowed_request_whose_client_hangs_up_is_one_event() {
    let slow = || async {
        let _entries = list_entries().await;
        std::future::pending::<&str>().await
    };
    let unguarded = std::future::pending::<&str>;
    let routes = Router::new()
        .route("/", get(slow))
        .route("/unguarded", get(unguarded));
    let audit = Audit::new().subject_key(KEY).allowed(true);
    let application = routes.layer(protect(audit));
    for (path, requirement) in [("/", Some("entries:read")), ("/unguarded", None)] {
        let events = trail(|| {
            let request = Request::get(path).header(BEARER.0, BEARER.1);
            let request = request.body(Body::empty()).expect("a request");
            let answer = application.clone().oneshot(request).now_or_never();
            assert!(answer.is_none());
        });
        let [event] = &events[..] else {
            panic!("{events:?}")
        };
        assert_eq!(event["auth.outcome"], "allowed");
        assert_eq!(
            event.get("auth.required_scope"),
            requirement.map(Value::from).as_ref()
        );
        assert_eq!(event["auth.subject_hash"], hash(""));
    }
}

/// A client must not write lines of its own, or long ones.
#[test]
fn ids_of_requests_are_those_that_a_log_can_hold() {
    let application = http(Audit::new());
    let long = "x".repeat(129);
    let traced = |trace: &str, end: &str| format!("00-{trace}-b7ad6b7169203331-01{end}");
    let zero = traced(&"0".repeat(32), "");
    let upper = traced(&TRACE.to_uppercase(), "");
    let longer = traced(TRACE, "-more");
    for headers in [
        &[("x-request-id", "")][..],
        &[("x-request-id", "two words")],
        &[("x-request-id", &long)],
        &[("x-request-id", "one"), ("x-request-id", "two")],
        &[("traceparent", &zero)],
        &[("traceparent", &upper)],
        &[("traceparent", &longer)],
        &[(
            "traceparent",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        )],
        &[("traceparent", "nothing")],
    ] {
        let events = trail(|| assert_eq!(get_with(&application, "/", headers), 401));
        assert_eq!(events[0].get("request.id"), None, "{headers:?}");
    }
    let later = "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more";
    let both = [("traceparent", later), ("x-request-id", "r-1")];
    let events = trail(|| assert_eq!(get_with(&application, "/", &both), 401));
    assert_eq!(events[0]["request.id"], TRACE);
}

fn gated(audit: Audit) -> Router {
    let registry = Registry::default();
    let leaf = RequiredScope::declared_as(Shelves::CATALOG, "shelves:{shelf}:read");
    let requirement = Requirement::one(leaf.expect("a template"));
    let resource = "shelves://{shelf}/books";
    registry.add(ProtectedOperation::at_run_time(
        OperationKind::Resource,
        resource,
        requirement,
    ));
    let service = service_fn(|_: Request<Full<Bytes>>| {
        std::future::ready(Ok::<_, Infallible>(Response::new(Body::empty())))
    });
    let routes = Router::new().route_service("/", GateLayer::new(&registry).layer(service));
    routes.layer(protect(audit))
}

fn call(application: &Router, method: &str, params: &Value) -> u16 {
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    ask(application, "/", &[BEARER], message.to_string())
}

#[test]
fn the_gate_names_operations_and_scopes_without_their_values() {
    let read = |application: &Router, shelf: u32| {
        let uri = format!("shelves://{shelf}/books");
        call(application, "resources/read", &json!({ "uri": uri }))
    };
    for (concrete, scopes) in [
        (false, ["shelves:{shelf}:read", "shelves:{shelf}:read"]),
        (true, ["shelves:7:read", "shelves:8:read"]),
    ] {
        let application = gated(Audit::new().allowed(true).concrete_scopes(concrete));
        let events = trail(|| {
            assert_eq!(call(&application, "initialize", &json!({})), 200);
            assert_eq!(call(&application, "tools/list", &json!({})), 200);
            assert_eq!(read(&application, 7), 200);
            assert_eq!(read(&application, 8), 403);
            assert_eq!(
                call(
                    &application,
                    "resources/read",
                    &json!({ "uri": "other://1" })
                ),
                200
            );
            assert_eq!(
                call(&application, "tools/call", &json!({ "name": "other" })),
                200
            );
        });
        let outcomes: Vec<_> = events.iter().map(|event| &event["auth.outcome"]).collect();
        assert_eq!(
            outcomes,
            ["allowed", "insufficient_scope", "undeclared", "undeclared"]
        );
        for (event, scope) in events.iter().zip(scopes) {
            assert_eq!(event["auth.operation"], "shelves://{shelf}/books");
            assert_eq!(event["auth.required_scope"], scope);
        }
        assert_eq!(events[1]["auth.missing_scope"], scopes[1]);
        // The names are the client's.
        assert_eq!(events[2].get("auth.operation"), None);
        assert_eq!(events[3].get("auth.operation"), None);
    }
}

/// Whoever has got hold of the id of a session or task cannot use it, and is in the trail.
#[test]
fn a_session_or_task_of_another_principal_is_a_denial() {
    let application = gated(Audit::new());
    let events = trail(|| {
        let headers = [BEARER, ("mcp-session-id", "of-another")];
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
        assert_eq!(ask(&application, "/", &headers, message.to_string()), 404);
        let task = json!({ "taskId": "of-another" });
        assert_eq!(call(&application, "tasks/get", &task), 200);
    });
    let outcomes: Vec<_> = events.iter().map(|event| &event["auth.outcome"]).collect();
    assert_eq!(outcomes, ["unknown_session", "unknown_task"]);
    for event in &events {
        assert_eq!(event["audit.event"], "operation");
        assert!(event["auth.subject_hash"].is_string());
        assert!(!event.to_string().contains("of-another"), "{event}");
    }
}

#[test]
fn the_hash_of_a_subject_depends_on_the_key_alone() {
    let hash_by = |audit: Audit| {
        let application = http(audit);
        let events = trail(|| assert_eq!(get_with(&application, "/create", &[BEARER]), 403));
        events[0]["auth.subject_hash"].clone()
    };
    let keyed = || hash_by(Audit::new().subject_key(KEY));
    assert_eq!(keyed(), keyed());
    assert_ne!(keyed(), hash_by(Audit::new().subject_key([8; 32])));
    assert_ne!(keyed(), hash_by(Audit::new()));
}
