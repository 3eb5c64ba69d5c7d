//! Sessions and tasks of an MCP server after a revocation, and requests that were on their way.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use futures::channel::oneshot;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Full};
use scopes_core::mcp::GateLayer;
use scopes_core::revocation::{Revocation, Revocations};
use scopes_core::{OperationKind, ProtectedOperation, Registry, Requirement};
use scopes_tests::issuer::ISSUER;
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};

use crate::site::{Answer, Issuers, later, protect, revoke};

/// Opens the session `one` for `initialize`, and answers a call by the task that it names.
async fn serve(request: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await?.to_bytes();
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let result = match message["method"].as_str() {
        Some("tools/call") => json!({
            "task": { "taskId": message["params"]["taskId"], "status": "working" },
        }),
        _ => json!({}),
    };
    let answer = json!({ "jsonrpc": "2.0", "id": message["id"], "result": result });
    let mut response = Response::new(Full::new(answer.to_string().into()));
    if message["method"] == "initialize" {
        let id = "one".parse().expect("a value");
        response.headers_mut().insert("mcp-session-id", id);
    }
    Ok(response)
}

fn registry() -> Registry {
    let requirement = Requirement::authenticated();
    let tool = ProtectedOperation::at_run_time(OperationKind::Tool, "export", requirement);
    [tool].into_iter().collect()
}

struct Site {
    issuers: Issuers,
    revocations: Revocations,
    gate: GateLayer,
}

impl Site {
    fn new() -> Self {
        Self {
            issuers: Issuers::new(),
            revocations: Revocations::new(),
            gate: GateLayer::new(&registry()),
        }
    }

    async fn send(
        &self,
        token: &str,
        session: Option<&str>,
        method: &str,
        task: &str,
    ) -> (u16, Value, String) {
        let protect = protect(self.issuers.verifier().await, &self.revocations);
        let service = protect.layer(self.gate.layer(service_fn(serve)));
        let params = json!({ "name": "export", "taskId": task });
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let mut request = Request::post("/mcp").header("authorization", format!("Bearer {token}"));
        if let Some(session) = session {
            request = request.header("mcp-session-id", session);
        }
        let request = request.body(Body::from(message.to_string()));
        let response = service.oneshot(request.expect("a request")).await;
        let response = response.expect("infallible");
        let session = response.headers().get("mcp-session-id");
        let session = session
            .map_or("", |id| id.to_str().expect("a text"))
            .to_owned();
        let answer = Answer::of(response).await;
        (answer.status.as_u16(), answer.json(), session)
    }

    /// Opens a session and starts a task, as the holder of this token.
    async fn open(&self, token: &str, task: &str) -> String {
        let (status, _, session) = self.send(token, None, "initialize", "").await;
        assert_eq!(status, 200);
        let called = self.send(token, Some(&session), "tools/call", task).await;
        assert_eq!(called.0, 200);
        session
    }

    /// Whether the holder of this token finds the session, and the task.
    async fn finds(&self, token: &str, session: &str, task: &str) -> (bool, bool) {
        let (status, answer, _) = self.send(token, Some(session), "ping", "").await;
        assert!([200, 404].contains(&status), "{status} {answer}");
        let (_, answer, _) = self.send(token, None, "tasks/get", task).await;
        (status == 200, answer.get("error").is_none())
    }
}

#[tokio::test]
async fn a_user_finds_neither_sessions_nor_tasks_from_before_a_revocation() {
    let by_all = [
        (Revocation::subject(ISSUER, "ada"), false),
        (Revocation::client(ISSUER, "client-1"), false),
        (
            Revocation::issued_before(ISSUER, std::time::SystemTime::now()),
            false,
        ),
        // Other tokens of the user go on.
        (Revocation::session(ISSUER, "s1"), true),
        (Revocation::subject(ISSUER, "bob"), true),
    ];
    for (revocation, is_kept) in by_all {
        let site = Site::new();
        let token = site.issuers.token(json!({ "sub": "ada", "sid": "s1" }));
        let session = site.open(&token, "one").await;
        assert_eq!(site.finds(&token, &session, "one").await, (true, true));
        revoke(&site.revocations, revocation.clone()).await;
        let _clock = later();
        let new = site.issuers.later_token("ada");
        let found = site.finds(&new, &session, "one").await;
        assert_eq!(found, (is_kept, is_kept), "{revocation:?}");
        // What is opened now stays.
        let session = site.open(&new, "two").await;
        assert_eq!(site.finds(&new, &session, "two").await, (true, true));
    }
}

#[tokio::test]
async fn the_sessions_of_other_tokens_of_a_user_go_on() {
    let site = Site::new();
    let leaked = site.issuers.token(json!({ "jti": "leaked" }));
    let other = site.issuers.token(json!({ "jti": "other" }));
    let session = site.open(&other, "one").await;
    revoke(&site.revocations, Revocation::token(&leaked)).await;
    assert_eq!(site.send(&leaked, Some(&session), "ping", "").await.0, 401);
    assert_eq!(site.finds(&other, &session, "one").await, (true, true));
}

/// A body that arrives when the test says so.
struct Late(oneshot::Receiver<Bytes>, bool);

impl http_body::Body for Late {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.1 {
            return Poll::Ready(None);
        }
        let arrived = std::task::ready!(Pin::new(&mut self.0).poll(context));
        self.1 = true;
        Poll::Ready(arrived.ok().map(|bytes| Ok(Frame::data(bytes))))
    }
}

#[tokio::test]
async fn a_request_whose_body_arrives_after_the_revocation_is_not_served() {
    for is_revoked in [false, true] {
        let site = Site::new();
        let protect = protect(site.issuers.verifier().await, &site.revocations);
        let served = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&served);
        let service = service_fn(move |request| {
            count.fetch_add(1, Ordering::SeqCst);
            serve(request)
        });
        let service = protect.layer(site.gate.layer(service));
        let token = site.issuers.token(json!({}));
        let (send, body) = oneshot::channel();
        let request = Request::post("/mcp").header("authorization", format!("Bearer {token}"));
        let request = request.body(Late(body, false)).expect("a request");
        let answer = tokio::spawn(async move {
            Answer::of(service.oneshot(request).await.expect("infallible")).await
        });
        tokio::task::yield_now().await;
        if is_revoked {
            revoke(&site.revocations, Revocation::token(&token)).await;
        }
        let call = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "export" },
        });
        send.send(call.to_string().into()).expect("it waits");
        let answer = answer.await.expect("no panic");
        assert_eq!(answer.status == 401, is_revoked, "{answer:?}");
        assert_eq!(answer.challenge.contains("invalid_token"), is_revoked);
        assert_eq!(served.load(Ordering::SeqCst), usize::from(!is_revoked));
    }
}
