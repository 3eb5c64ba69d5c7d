//! Sessions of rmcp that one instance has opened and another one serves.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use http::Method;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use scopes_core::rmcp::event_store;
use scopes_core::store::{LogEntries, LogPosition, MemoryStore, SharedStore, Store, StoreError};
use serde_json::json;

use crate::client::{Answer, initialize, message, request, send, stateless_call};
use crate::instances::{Instance, RESOURCE, in_memory, instance, resource, settings, shared};

pub(crate) const READER: &str = "ada-reader";

/// Opens a session; returns its id.
pub(crate) async fn open(instance: &Instance, token: &str) -> String {
    let answer = send(instance, request(token, None, &initialize())).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
        .header("mcp-session-id")
        .expect("a session")
        .to_owned()
}

pub(crate) async fn call(instance: &Instance, token: &str, session: &str) -> Answer {
    let params = json!({ "name": "count_entries", "arguments": {} });
    let call = message("tools/call", &params);
    send(instance, request(token, Some(session), &call)).await
}

pub(crate) async fn delete(instance: &Instance, token: &str, session: &str) -> Answer {
    let mut request = request(token, Some(session), &json!(null));
    *request.method_mut() = Method::DELETE;
    *request.body_mut() = Body::empty();
    send(instance, request).await
}

#[tokio::test]
async fn a_session_of_one_instance_is_used_on_another_by_its_principal_alone() {
    let [one, other] = in_memory();
    let (first, second) = (
        instance("first", &one).await,
        instance("second", &other).await,
    );
    let session = open(&first, READER).await;
    for (instance, name) in [(&first, "first"), (&second, "second"), (&second, "second")] {
        let answer = call(instance, READER, &session).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(
            answer.body.contains(&format!("answered by {name}")),
            "{answer:?}"
        );
    }
    // Scopes are those of each request.
    assert_eq!(call(&second, "ada-nothing", &session).await.status, 403);
    for instance in [&first, &second] {
        assert_eq!(call(instance, "bob-reader", &session).await.status, 404);
        assert_eq!(delete(instance, "bob-reader", &session).await.status, 404);
    }
    assert_eq!(call(&second, READER, &session).await.status, 200);
}

#[tokio::test]
async fn a_session_that_was_ended_anywhere_is_not_restored() {
    let [one, other] = in_memory();
    let (first, second) = (
        instance("first", &one).await,
        instance("second", &other).await,
    );
    let session = open(&first, READER).await;
    assert_eq!(call(&second, READER, &session).await.status, 200);
    assert_eq!(delete(&second, READER, &session).await.status, 202);
    assert_eq!(call(&second, READER, &session).await.status, 404);
    let third = instance("third", &one).await;
    assert_eq!(call(&third, READER, &session).await.status, 404);

    // Where it was never used, it can be ended, too.
    let session = open(&first, READER).await;
    assert_eq!(delete(&second, READER, &session).await.status, 202);
    assert_eq!(call(&third, READER, &session).await.status, 404);
}

#[tokio::test]
async fn sessions_of_another_resource_or_without_the_store_are_unknown() {
    let [one, _] = in_memory();
    let first = instance("first", &one).await;
    let session = open(&first, READER).await;

    let url = "http://localhost/other";
    let other = settings("other", url).store(&one).await;
    let other = other.expect("everything is annotated").service();
    assert_eq!(call(&other, READER, &session).await.status, 404);

    // The id is opened, and rmcp has no such session.
    let alone = settings("alone", RESOURCE).session_keys(&crate::instances::keys(&[1]));
    let alone = alone.await.expect("everything is annotated").service();
    let answer = call(&alone, READER, &session).await;
    assert_eq!(answer.status, 404);
    assert!(answer.body.contains("Session not found"), "{answer:?}");
    // And without the keys, it is not opened.
    let alone = settings("alone", RESOURCE).await;
    let alone = alone.expect("everything is annotated").service();
    let answer = call(&alone, READER, &session).await;
    assert_eq!(answer.status, 404);
    assert!(
        answer.body.contains("There is no such session"),
        "{answer:?}"
    );
}

/// Counts its calls.
#[derive(Clone, Default)]
struct Counting {
    store: MemoryStore,
    calls: Arc<AtomicUsize>,
}

impl Counting {
    fn count(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }
}

impl Store for Counting {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.count();
        self.store.get(key).await
    }

    async fn put(&self, key: &str, value: &[u8], lifetime: Duration) -> Result<(), StoreError> {
        self.count();
        self.store.put(key, value, lifetime).await
    }

    async fn insert(
        &self,
        key: &str,
        value: &[u8],
        lifetime: Duration,
    ) -> Result<bool, StoreError> {
        self.count();
        self.store.insert(key, value, lifetime).await
    }

    async fn remove(&self, key: &str) -> Result<(), StoreError> {
        self.count();
        self.store.remove(key).await
    }

    async fn append(&self, log: &str, entry: &[u8], lifetime: Duration) -> Result<(), StoreError> {
        self.count();
        self.store.append(log, entry, lifetime).await
    }

    async fn read(
        &self,
        log: &str,
        after: Option<&LogPosition>,
        max_wait: Duration,
    ) -> Result<LogEntries, StoreError> {
        self.count();
        self.store.read(log, after, max_wait).await
    }
}

#[tokio::test]
async fn the_store_is_asked_for_what_it_is_needed_for_and_nothing_else() {
    let counting = Counting::default();
    let asked = || counting.calls.swap(0, Ordering::Relaxed);
    let store = shared(counting.clone());
    let (first, second) = (
        instance("first", &store).await,
        instance("second", &store).await,
    );
    assert_eq!(asked(), 0);

    for (token, status) in [(READER, 200), ("ada-nothing", 403), ("unknown", 401)] {
        let answer = send(&first, stateless_call(token, "count_entries")).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
    let list = request(READER, None, &message("tools/list", &json!({})));
    send(&first, list).await;
    assert_eq!(asked(), 0);

    let session = open(&first, READER).await;
    assert_eq!(asked(), 1);
    for _ in 0..3 {
        assert_eq!(call(&first, READER, &session).await.status, 200);
    }
    assert_eq!(asked(), 0);
    assert_eq!(call(&second, READER, &session).await.status, 200);
    assert_ne!(asked(), 0);
    assert_eq!(call(&second, READER, &session).await.status, 200);
    assert_eq!(asked(), 0);
    // An id that was not sealed here is not looked up.
    for made_up in ["made-up", &format!("{session}x")] {
        assert_eq!(call(&second, READER, made_up).await.status, 404);
    }
    assert_eq!(asked(), 0);
}

/// The ids of the events in a stream.
fn event_ids(stream: &str) -> Vec<&str> {
    let ids = stream.lines().filter_map(|line| line.strip_prefix("id:"));
    ids.map(str::trim).collect()
}

async fn resume(instance: &Instance, token: &str, session: &str, after: &str) -> Answer {
    let mut request = request(token, Some(session), &json!(null));
    *request.method_mut() = Method::GET;
    *request.body_mut() = Body::empty();
    let headers = request.headers_mut();
    headers.insert("accept", "text/event-stream".parse().expect("a value"));
    headers.insert("last-event-id", after.parse().expect("a value"));
    send(instance, request).await
}

#[tokio::test]
async fn a_stream_is_resumed_on_another_instance_with_a_store_of_events() {
    let with_events = async |name, store: &SharedStore| {
        let events = event_store(store, &resource(RESOURCE));
        let sessions = LocalSessionManager::default().with_event_store(events);
        let settings = settings(name, RESOURCE).session_manager(Arc::new(sessions));
        let server = settings.store(store).await;
        server.expect("everything is annotated").service()
    };
    let [one, other] = in_memory();
    let (first, second) = (
        with_events("first", &one).await,
        with_events("second", &other).await,
    );
    let session = open(&first, READER).await;
    let answer = call(&first, READER, &session).await;
    let ids = event_ids(&answer.body);
    assert_eq!(ids.len(), 2, "{answer:?}");

    // The client has received the first event, and not the answer.
    let resumed = resume(&second, READER, &session, ids[0]).await;
    assert_eq!(resumed.status, 200);
    assert_eq!(event_ids(&resumed.body), ids[1..]);
    assert_eq!(resumed.message(), answer.message());
    let resumed = resume(&second, READER, &session, ids[1]).await;
    assert_eq!(event_ids(&resumed.body), Vec::<&str>::new());

    // What nobody has sent, and in the session of another.
    let guessed = format!(
        "{}/{}",
        "0".repeat(32),
        ids[0].split_once('/').expect("a stream").1
    );
    for unknown in ["0", "0/0", &guessed] {
        let resumed = resume(&second, READER, &session, unknown).await;
        assert!(!resumed.body.contains("answered"), "{resumed:?}");
    }
    assert_eq!(
        resume(&second, "bob-reader", &session, ids[0]).await.status,
        404
    );
}
