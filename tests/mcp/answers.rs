//! Tasks are learned from answers, however they come in pieces, and from nothing that a tool quotes.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use scopes_core::mcp::GateLayer;
use scopes_core::testing::StaticVerifier;
use scopes_core::tower::ProtectLayer;
use scopes_core::{OperationKind, ProtectedOperation, Registry, Requirement, ResourceServer};
use serde_json::json;
use tower::{Layer, ServiceExt, service_fn};

const STARTED: &str =
    r#"{"jsonrpc":"2.0","id":1,"result":{"resultType":"task","taskId":"T","status":"working"}}"#;

/// The tool `x`, which takes any token.
fn one_tool() -> Registry {
    let requirement = Requirement::authenticated();
    let tool = ProtectedOperation::at_run_time(OperationKind::Tool, "x", requirement);
    [tool].into_iter().collect()
}

/// Whether the caller of a tool that is answered in these pieces is then taken for the owner of `T`.
async fn is_learned(media_type: &'static str, pieces: &[&str]) -> bool {
    let pieces: Vec<Bytes> = pieces
        .iter()
        .map(|piece| Bytes::copy_from_slice(piece.as_bytes()))
        .collect();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let server = {
        let seen = Arc::clone(&seen);
        service_fn(move |request: Request<Full<Bytes>>| {
            let (pieces, seen) = (pieces.clone(), Arc::clone(&seen));
            async move {
                let body = request
                    .into_body()
                    .collect()
                    .await
                    .expect("a body")
                    .to_bytes();
                seen.lock().expect("no panic").push(body);
                let frames = pieces
                    .into_iter()
                    .map(|piece| Ok::<_, Infallible>(Frame::data(piece)));
                let body = Body::new(StreamBody::new(futures::stream::iter(frames)));
                let answer = Response::builder().header("content-type", media_type);
                Ok::<_, Infallible>(answer.body(body).expect("an answer"))
            }
        })
    };
    let resource = ResourceServer::builder("http://localhost/mcp")
        .authorization_server("https://auth.example.com")
        .registry(Registry::default());
    let verifier = StaticVerifier::new()
        .token("bob", "bob", "")
        .expect("scopes");
    let protect = ProtectLayer::new(resource.build().expect("valid settings"), verifier);
    let service = protect.layer(GateLayer::new(&one_tool()).layer(server));
    let mut sent = Vec::new();
    for (method, params) in [
        ("tools/call", json!({ "name": "x" })),
        ("tasks/get", json!({ "taskId": "T" })),
    ] {
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        // However it is written, the server gets it as it is.
        let message = message
            .to_string()
            .replace(':', "\t:\n ")
            .replace("id", "i\\u0064")
            + "\r\n";
        sent.push(Bytes::from(message.clone()));
        let request = Request::post("/mcp").header("authorization", "Bearer bob");
        let request = request.body(Full::new(Bytes::from(message)));
        let answer = service.clone().oneshot(request.expect("a request")).await;
        let answer = answer.expect("infallible").into_body();
        answer.collect().await.expect("it ends");
    }
    let seen = seen.lock().expect("no panic");
    assert!(sent.starts_with(&seen), "{seen:?}");
    seen.len() == 2
}

const JSON: &str = "application/json";
const STREAM: &str = "Text/Event-Stream; charset=utf-8";

#[tokio::test]
async fn a_task_is_learned_from_its_answer() {
    assert!(is_learned(JSON, &[STARTED]).await);
    let older = r#"{"jsonrpc":"2.0","id":1,"result":{"task":{"taskId":"T"}}}"#;
    assert!(is_learned(JSON, &[older]).await);
    for at in 1..STARTED.len() {
        let (one, two) = STARTED.split_at(at);
        assert!(is_learned(JSON, &[one, two]).await, "{one} | {two}");
    }
    let pieces: Vec<String> = STARTED.chars().map(String::from).collect();
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    assert!(is_learned(JSON, &pieces).await);
}

#[tokio::test]
async fn a_task_is_learned_from_its_event() {
    for end in ["\n\n", "\r\n\r\n", "\r\r"] {
        let event = format!("id: 1\ndata: {STARTED}{end}");
        let progress = format!("data: {{\"method\":\"notifications/progress\"}}{end}");
        assert!(is_learned(STREAM, &[&progress, &event]).await, "{end:?}");
        for at in 1..event.len() {
            let (one, two) = event.split_at(at);
            assert!(is_learned(STREAM, &[one, two]).await, "{one} | {two}");
        }
    }
    let (one, two) = STARTED.split_at(16);
    let lines = format!("data: {one}\ndata: {two}\n\n");
    assert!(is_learned(STREAM, &[&lines]).await);
}

#[tokio::test]
async fn what_a_tool_quotes_starts_no_task() {
    let before = r#"{"jsonrpc":"2.0","id":1,"result":{"structuredContent":{"mine":[{}"#;
    let quoted = r#"{"result":{"resultType":"task","taskId":"T"}}"#;
    let after = "]}}}";
    assert!(!is_learned(JSON, &[before, ",", quoted, after]).await);
    assert!(!is_learned(JSON, &[before, ",", "{}", ",", quoted, after]).await);
    let long = format!("\"{}\"", "x".repeat(70_000));
    assert!(!is_learned(JSON, &[before, ",", &long, ",{}", ",", quoted, after]).await);
    let event = format!("data: {before},{quoted}{after}\n\n");
    assert!(!is_learned(STREAM, &[&event]).await);
    let text = json!({ "result": { "content": [{ "type": "text", "text": format!("\n\ndata: {STARTED}\n\n") }] } });
    let event = format!("data: {text}\n\n");
    for at in 1..event.len() {
        let (one, two) = event.split_at(at);
        assert!(!is_learned(STREAM, &[one, two]).await, "{one} | {two}");
    }
}

/// What the server says is passed on when it says it: neither a stream nor a long call waits for more.
#[tokio::test]
async fn an_answer_is_not_held_back() {
    let (mut say, said) = futures::channel::mpsc::unbounded::<&'static str>();
    let said = Mutex::new(Some(said));
    let server = Arc::new(move || {
        let said = said.lock().expect("no panic").take().expect("one call");
        let frames = futures::StreamExt::map(said, |text| {
            Ok::<_, Infallible>(Frame::data(Bytes::from_static(text.as_bytes())))
        });
        Body::new(StreamBody::new(frames))
    });
    let server = service_fn(move |_: Request<Full<Bytes>>| {
        let answer = Response::builder().header("content-type", STREAM);
        let answer = answer.body(server()).expect("an answer");
        async { Ok::<_, Infallible>(answer) }
    });
    let resource = ResourceServer::builder("http://localhost/mcp")
        .authorization_server("https://auth.example.com")
        .registry(Registry::default());
    let verifier = StaticVerifier::new().token("bob", "bob", "");
    let protect = ProtectLayer::new(
        resource.build().expect("valid settings"),
        verifier.expect("scopes"),
    );
    let service = protect.layer(GateLayer::new(&one_tool()).layer(server));
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","_meta":{}}}"#;
    let request = Request::post("/mcp").header("authorization", "Bearer bob");
    let request = request.body(Full::new(Bytes::from_static(call.as_bytes())));
    let answer = service.oneshot(request.expect("a request")).await;
    let mut body = answer.expect("infallible").into_body();
    for text in ["data: {\"half\":", " 1}\n\n", "data: {}\n\n"] {
        futures::SinkExt::send(&mut say, text)
            .await
            .expect("it listens");
        let frame = body.frame().await.expect("a frame").expect("no error");
        assert_eq!(frame.data_ref().expect("data"), text);
    }
}
