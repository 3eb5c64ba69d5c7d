//! What the gate remembers of tasks: whose they are, what they take, and how many there can be.

use std::convert::Infallible;
use std::io::Write;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use scopes_core::mcp::GateLayer;
use scopes_core::testing::StaticVerifier;
use scopes_core::tower::ProtectLayer;
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};

use crate::site::{gate, protect};

/// Answers a tool call by a task whose id is the argument `task`, and everything else by `{}`.
async fn answer(request: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await?.to_bytes();
    let message: Value = serde_json::from_slice(&body).expect("JSON");
    let result = match &message["params"]["arguments"]["task"] {
        Value::String(id) => json!({ "task": { "taskId": id, "status": "working" } }),
        _ => json!({}),
    };
    let answer = json!({ "jsonrpc": "2.0", "id": message["id"], "result": result });
    Ok(Response::new(Full::new(answer.to_string().into())))
}

struct Site {
    protect: ProtectLayer<StaticVerifier>,
    gate: GateLayer,
}

impl Site {
    /// The subject of each token is its name.
    fn new<'a>(tokens: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut verifier = StaticVerifier::new();
        for (subject, scopes) in tokens {
            let token = format!("{subject}-{}", scopes.replace([' ', ':'], "-"));
            verifier = verifier.token(&token, subject, scopes).expect("scopes");
        }
        Self {
            protect: protect(verifier),
            gate: gate(),
        }
    }

    async fn send(
        &self,
        (subject, scopes): (&str, &str),
        method: &str,
        params: Value,
    ) -> (u16, Value) {
        let service = self.protect.layer(self.gate.layer(service_fn(answer)));
        let token = format!("{subject}-{}", scopes.replace([' ', ':'], "-"));
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let request = Request::post("/mcp")
            .header("authorization", format!("Bearer {token}"))
            .body(Full::new(Bytes::from(message.to_string())))
            .expect("a request");
        let answer = service.oneshot(request).await;
        let (parts, body) = answer.expect("infallible").into_parts();
        let body = body.collect().await.expect("it ends").to_bytes();
        (
            parts.status.as_u16(),
            serde_json::from_slice(&body).expect("JSON"),
        )
    }

    /// Starts a task of this id.
    async fn start(&self, by: (&str, &str), tool: &str, task: &str) {
        let params = json!({ "name": tool, "arguments": { "task": task } });
        let (status, answer) = self.send(by, "tools/call", params).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// The status for using the task; 404 stands for the error in band.
    async fn using(&self, by: (&str, &str), task: &str) -> u16 {
        let (status, answer) = self.send(by, "tasks/get", json!({ "taskId": task })).await;
        if answer["error"]["code"] == -32602 {
            404
        } else {
            status
        }
    }
}

const ADA: (&str, &str) = ("ada", "entries:read tags:write");
const BOB: (&str, &str) = ("bob", "entries:read tags:write");

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_task_stays_with_its_first_principal_and_the_operator_is_warned() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _listening = tracing::subscriber::set_default(subscriber);
    let site = Site::new([ADA, BOB]);
    site.start(ADA, "export", "task-8d7f").await;
    let read = |log: &Log| String::from_utf8(log.0.lock().expect("no panic").clone());
    assert!(!read(&log).expect("UTF-8").contains("WARN"));

    site.start(BOB, "export", "task-8d7f").await;
    assert_eq!(site.using(BOB, "task-8d7f").await, 404);
    assert_eq!(site.using(ADA, "task-8d7f").await, 200);
    let log = read(&log).expect("UTF-8");
    let warnings: Vec<_> = log.lines().filter(|line| line.contains("WARN")).collect();
    assert_eq!(warnings.len(), 1, "{log}");
    assert!(warnings[0].contains("task of another principal"), "{log}");
    for told in ["ada", "bob", "8d7f"] {
        assert!(!warnings[0].contains(told), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_principals_that_race_for_a_task_one_has_it() {
    let site = Arc::new(Site::new([ADA, BOB]));
    for number in 0..100 {
        let task = format!("task-{number}");
        let racing = [ADA, BOB].map(|by| {
            let (site, task) = (Arc::clone(&site), task.clone());
            tokio::spawn(async move { site.start(by, "export", &task).await })
        });
        for racer in racing {
            racer.await.expect("no panic");
        }
        let mut statuses = [site.using(ADA, &task).await, site.using(BOB, &task).await];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 404]);
    }
}

#[tokio::test]
async fn a_later_answer_does_not_loosen_what_a_task_takes() {
    let less = [("ada", ""), ("ada", "entries:read"), ("ada", "tags:write")];
    for (tools, allowed) in [
        (&["export"][..], [false, true, false]),
        (&["export", "open"], [false, true, false]),
        (&["open", "export"], [false, true, false]),
        (&["open", "open"], [true, true, true]),
        (&["export", "export"], [false, true, false]),
        (&["export", "create_tag"], [false, false, false]),
        (
            &["create_tag", "open", "export", "open"],
            [false, false, false],
        ),
    ] {
        let site = Site::new(less.into_iter().chain([ADA]));
        for tool in tools {
            site.start(ADA, tool, "task-1").await;
        }
        assert_eq!(site.using(ADA, "task-1").await, 200, "{tools:?}");
        for (by, allowed) in less.into_iter().zip(allowed) {
            let status = site.using(by, "task-1").await;
            assert_eq!(status, if allowed { 200 } else { 403 }, "{tools:?} {by:?}");
        }
    }
}

#[tokio::test]
async fn a_principal_with_too_many_tasks_loses_its_own() {
    let site = Site::new([ADA, BOB]);
    for number in 0..3 {
        site.start(BOB, "export", &format!("of-bob-{number}")).await;
    }
    site.start(ADA, "export", "in-use").await;
    for number in 0..1500 {
        site.start(ADA, "export", &format!("task-{number}")).await;
        if number % 100 == 0 {
            assert_eq!(site.using(ADA, "in-use").await, 200);
        }
    }
    for number in 0..3 {
        assert_eq!(site.using(BOB, &format!("of-bob-{number}")).await, 200);
    }
    assert_eq!(site.using(ADA, "in-use").await, 200);
    // 1,024 are remembered.
    for (number, status) in [(0, 404), (476, 404), (477, 200), (1499, 200)] {
        let task = format!("task-{number}");
        assert_eq!(site.using(ADA, &task).await, status, "{task}");
    }
    // What is forgotten belongs to nobody, so that its id can be used again.
    site.start(BOB, "export", "task-0").await;
    assert_eq!(site.using(BOB, "task-0").await, 200);
}

#[tokio::test]
async fn many_principals_with_many_tasks_cost_nobody_else_a_task() {
    let subjects: Vec<_> = (0..17).map(|number| format!("user-{number}")).collect();
    let users: Vec<_> = subjects
        .iter()
        .map(|subject| (&**subject, "entries:read"))
        .collect();
    let site = Site::new(users.iter().copied().chain([BOB]));
    site.start(BOB, "export", "of-bob").await;
    for number in 0..1024 {
        for user in &users {
            site.start(*user, "export", &format!("{}-{number}", user.0))
                .await;
        }
    }
    assert_eq!(site.using(BOB, "of-bob").await, 200);
    let mut remembered = 0;
    for number in 0..1024 {
        for user in &users {
            let task = format!("{}-{number}", user.0);
            remembered += usize::from(site.using(*user, &task).await == 200);
        }
    }
    assert_eq!(remembered, 16_384 - 1);
}

#[tokio::test]
async fn tasks_with_long_ids_belong_to_nobody() {
    let site = Site::new([ADA]);
    for (length, status) in [(1, 200), (512, 200), (513, 404), (60_000, 404)] {
        let task = "x".repeat(length);
        site.start(ADA, "export", &task).await;
        assert_eq!(site.using(ADA, &task).await, status, "{length}");
    }
}
