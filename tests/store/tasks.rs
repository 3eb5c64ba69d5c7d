//! Tasks that a call on one instance has started, on another one.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, StreamBody};
use scopes_core::Registry;
use scopes_core::mcp::GateLayer;
use scopes_core::store::{LogEntries, LogPosition, MemoryStore, SharedStore, Store, StoreError};
use scopes_core::tower::ProtectLayer;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::client::{Answer, message, request, send};
use crate::instances::{RESOURCE, in_memory, resource_of_tasks, shared, verifier};
use crate::sessions::READER;

/// Answers a tool call by a task whose id is the argument `task`, in a stream if `stream` is set, and
/// everything else by `{}`.
async fn answer(request: Request<Full<Bytes>>) -> Result<Response<Body>, Infallible> {
    let body = request.into_body().collect().await?.to_bytes();
    let message: Value = serde_json::from_slice(&body).expect("JSON");
    let arguments = &message["params"]["arguments"];
    let result = match &arguments["task"] {
        Value::String(id) => json!({ "task": { "taskId": id, "status": "working" } }),
        _ => json!({}),
    };
    let answer = json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }).to_string();
    if arguments["stream"] == true {
        let progress = json!({ "jsonrpc": "2.0", "method": "notifications/progress" });
        let event = |data: &str| format!("data: {data}\n\n");
        // The event of the answer is in two frames.
        let (begin, end) = answer.split_at(answer.len() / 2);
        let frames = [
            event(&progress.to_string()),
            format!("data: {begin}"),
            format!("{end}\n\n"),
            event("\"last\""),
        ];
        let frames =
            frames.map(|frame| Ok::<_, Infallible>(http_body::Frame::data(Bytes::from(frame))));
        let body = Body::new(StreamBody::new(futures::stream::iter(frames)));
        let response = Response::builder().header("content-type", "text/event-stream");
        return Ok(response.body(body).expect("a response"));
    }
    Ok(Response::new(Body::from(answer)))
}

/// An instance whose tools start tasks.
pub(crate) struct Site {
    protect: ProtectLayer<scopes_core::testing::StaticVerifier>,
    gate: GateLayer,
}

impl Site {
    pub(crate) fn new(store: &SharedStore) -> Self {
        Self::of(RESOURCE, store)
    }

    pub(crate) fn of(url: &str, store: &SharedStore) -> Self {
        let server = resource_of_tasks(url);
        let registry = Registry::of_program().of_server("tasks");
        Self {
            gate: GateLayer::new(&registry).store(store, &server),
            protect: ProtectLayer::new(server, verifier()),
        }
    }

    pub(crate) async fn send(&self, token: &str, method: &str, params: &Value) -> Answer {
        let service = self.protect.layer(self.gate.layer(service_fn(answer)));
        send(&service, request(token, None, &message(method, params))).await
    }

    /// Starts a task of this id.
    pub(crate) async fn start(&self, token: &str, tool: &str, task: &str) {
        for stream in [false, true] {
            let arguments = json!({ "task": task, "stream": stream, "binder": "1" });
            let params = json!({ "name": tool, "arguments": arguments });
            let answer = self.send(token, "tools/call", &params).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            assert!(answer.body.contains("taskId"), "{answer:?}");
            assert_eq!(answer.body.ends_with("\"last\"\n\n"), stream, "{answer:?}");
        }
    }

    pub(crate) async fn get(&self, token: &str, task: &str) -> Answer {
        self.send(token, "tasks/get", &json!({ "taskId": task }))
            .await
    }

    /// The outcome of using the task; 404 stands for the error in band.
    pub(crate) async fn using(&self, token: &str, task: &str) -> u16 {
        self.get(token, task).await.outcome()
    }
}

#[tokio::test]
async fn a_task_is_used_on_another_instance_by_its_owner_with_what_the_call_took() {
    let [one, other] = in_memory();
    let (first, second) = (Site::new(&one), Site::new(&other));
    first.start("ada-reader", "export", "task-1").await;
    first.start("ada-nothing", "backup", "task-2").await;
    first.start("ada-binder-1", "export_binder", "task-3").await;
    for (task, token, outcome) in [
        ("task-1", "ada-reader", 200),
        ("task-1", "ada-nothing", 403),
        ("task-1", "bob-reader", 404),
        ("task-1", "unknown", 401),
        ("task-2", "ada-nothing", 200),
        ("task-2", "bob-nothing", 404),
        // With the value of the argument.
        ("task-3", "ada-binder-1", 200),
        ("task-3", "ada-binder-2", 403),
        ("task-3", "ada-reader", 403),
        ("task-3", "bob-binder-1", 404),
        ("task-4", "ada-reader", 404),
    ] {
        for site in [&first, &second] {
            assert_eq!(site.using(token, task).await, outcome, "{token} {task}");
        }
    }
    // The same refusal as where the task was started.
    let (here, there) = (
        first.get("ada-binder-2", "task-3").await,
        second.get("ada-binder-2", "task-3").await,
    );
    assert!(
        here.header("www-authenticate")
            .expect("a challenge")
            .contains("binders:1:read")
    );
    assert_eq!(
        here.headers.get("www-authenticate"),
        there.headers.get("www-authenticate")
    );
    assert_eq!(here.body, there.body);

    let other_resource = Site::of("http://localhost/other", &one);
    assert_eq!(other_resource.using("ada-reader", "task-1").await, 404);
}

#[tokio::test]
async fn the_first_principal_keeps_a_task_and_its_calls_add_up_on_all_instances() {
    let [one, other] = in_memory();
    let (first, second, third) = (Site::new(&one), Site::new(&other), Site::new(&one));
    first.start("ada-reader", "export", "task-1").await;
    second.start("bob-reader", "export", "task-1").await;
    for site in [&first, &second, &third] {
        assert_eq!(site.using("bob-reader", "task-1").await, 404);
        assert_eq!(site.using("ada-reader", "task-1").await, 200);
    }

    // Another call of the same principal names the task, on another instance.
    second
        .start("ada-binder-1", "export_binder", "task-1")
        .await;
    for token in ["ada-reader", "ada-binder-1"] {
        assert_eq!(third.using(token, "task-1").await, 403);
    }
}

/// A store whose insertions wait, or fail.
#[derive(Clone)]
struct Slow {
    store: MemoryStore,
    open: Arc<Semaphore>,
}

impl Store for Slow {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.get(key).await
    }

    async fn put(&self, key: &str, value: &[u8], lifetime: Duration) -> Result<(), StoreError> {
        self.store.put(key, value, lifetime).await
    }

    async fn insert(
        &self,
        key: &str,
        value: &[u8],
        lifetime: Duration,
    ) -> Result<bool, StoreError> {
        let _open = self.open.acquire().await.map_err(StoreError::new)?;
        self.store.insert(key, value, lifetime).await
    }

    async fn remove(&self, key: &str) -> Result<(), StoreError> {
        self.store.remove(key).await
    }

    async fn append(&self, _: &str, _: &[u8], _: Duration) -> Result<(), StoreError> {
        Err(StoreError::new("no logs here"))
    }

    async fn read(
        &self,
        _: &str,
        _: Option<&LogPosition>,
        _: Duration,
    ) -> Result<LogEntries, StoreError> {
        Err(StoreError::new("no logs here"))
    }
}

#[tokio::test]
async fn the_client_learns_the_id_of_a_task_when_the_store_has_it() {
    for stream in [false, true] {
        let slow = Slow {
            store: MemoryStore::new(),
            open: Arc::new(Semaphore::new(0)),
        };
        let store = shared(slow.clone()).timeout(Duration::from_secs(60));
        let (first, second) = (Site::new(&store), Site::new(&store));
        let service = first.protect.layer(first.gate.layer(service_fn(answer)));
        let arguments = json!({ "task": "task-1", "stream": stream });
        let call = json!({ "name": "export", "arguments": arguments });
        let call = request(READER, None, &message("tools/call", &call));
        let response = service.oneshot(call).await.expect("infallible");
        assert_eq!(response.status(), 200);
        let mut body = std::pin::pin!(response.into_body());
        let mut read = String::new();
        let wait = Duration::from_millis(100);
        while let Ok(Some(frame)) = tokio::time::timeout(wait, body.frame()).await {
            let data = frame.expect("no error").into_data().expect("data");
            read.push_str(std::str::from_utf8(&data).expect("UTF-8"));
        }
        // What comes before the end of the answer is not held back.
        assert_eq!(read.contains("notifications/progress"), stream);
        assert!(serde_json::from_str::<Value>(&read).is_err(), "{read}");
        assert!(!read.contains("\"working\""), "{read}");
        assert!(!http_body::Body::is_end_stream(&*body));

        slow.open.add_permits(1);
        let rest = body.collect().await.expect("no error").to_bytes();
        let rest = std::str::from_utf8(&rest).expect("UTF-8");
        assert!(rest.contains("\"working\"") || stream, "{rest}");
        assert_eq!(rest.ends_with("\"last\"\n\n"), stream, "{rest}");
        assert_eq!(second.using(READER, "task-1").await, 200);
    }
}

#[tokio::test]
async fn a_task_that_could_not_be_stored_is_known_where_it_was_started() {
    let slow = Slow {
        store: MemoryStore::new(),
        open: Arc::new(Semaphore::new(0)),
    };
    slow.open.close();
    let store = shared(slow);
    let (first, second) = (Site::new(&store), Site::new(&store));
    first.start(READER, "export", "task-1").await;
    assert_eq!(first.using(READER, "task-1").await, 200);
    assert_eq!(second.using(READER, "task-1").await, 404);
}

#[tokio::test]
async fn methods_of_tasks_need_no_store_where_the_task_was_started() {
    let [one, _] = in_memory();
    let site = Site::new(&one);
    site.start(READER, "export", "task-1").await;
    for (method, outcome) in [
        ("tasks/get", 200),
        ("tasks/result", 200),
        ("tasks/cancel", 200),
        ("tasks/list", 200),
    ] {
        let answer = site
            .send(READER, method, &json!({ "taskId": "task-1" }))
            .await;
        let is_known = answer.message()["error"].is_null();
        assert_eq!(
            (answer.status, is_known),
            (outcome, method != "tasks/list"),
            "{answer:?}"
        );
    }
}
