//! Keys that are replaced while sessions and tasks go on.

use scopes_core::store::{MemoryStore, SharedStore};

use crate::instances::{Instance, RESOURCE, instance, keys, settings};
use crate::sessions::{READER, call, open};
use crate::tasks::Site;

/// An instance with these keys.
async fn with_keys(name: &'static str, store: &MemoryStore, numbers: &[u8]) -> Instance {
    instance(name, &SharedStore::new(store.clone(), &keys(numbers))).await
}

/// The keys of all instances before, in and after the three steps. Two that are next to each other run at the
/// same time.
const STEPS: [&[u8]; 4] = [&[1], &[1, 2], &[2, 1], &[2]];

#[tokio::test]
async fn sessions_go_on_in_each_step_and_end_with_their_key() {
    for step in STEPS.windows(2) {
        let store = MemoryStore::new();
        let before = with_keys("before", &store, step[0]).await;
        let after = with_keys("after", &store, step[1]).await;
        for (one, other) in [(&before, &after), (&after, &before)] {
            let session = open(one, READER).await;
            for instance in [other, one, other] {
                let answer = call(instance, READER, &session).await;
                assert_eq!(answer.status, 200, "{step:?} {answer:?}");
            }
        }
    }
    let store = MemoryStore::new();
    let session = open(&with_keys("first", &store, STEPS[0]).await, READER).await;
    for (numbers, status) in STEPS.into_iter().zip([200, 200, 200, 404]) {
        let instance = with_keys("later", &store, numbers).await;
        let answer = call(&instance, READER, &session).await;
        assert_eq!(answer.status, status, "{numbers:?} {answer:?}");
    }
}

#[tokio::test]
async fn tasks_go_on_in_each_step_with_their_first_principal() {
    let site = |store: &MemoryStore, numbers: &[u8]| {
        Site::new(&SharedStore::new(store.clone(), &keys(numbers)))
    };
    for step in STEPS.windows(2) {
        for (one, other) in [(step[0], step[1]), (step[1], step[0])] {
            let store = MemoryStore::new();
            site(&store, one).start(READER, "export", "task-1").await;
            site(&store, other)
                .start("bob-reader", "export", "task-1")
                .await;
            for numbers in [one, other] {
                let site = site(&store, numbers);
                assert_eq!(site.using(READER, "task-1").await, 200, "{one:?} {other:?}");
                assert_eq!(site.using("bob-reader", "task-1").await, 404);
            }
        }
    }
    let store = MemoryStore::new();
    site(&store, STEPS[0])
        .start(READER, "export", "task-1")
        .await;
    for (numbers, outcome) in STEPS.into_iter().zip([200, 200, 200, 404]) {
        let site = site(&store, numbers);
        assert_eq!(site.using(READER, "task-1").await, outcome, "{numbers:?}");
    }
}

#[tokio::test]
async fn a_restart_with_the_same_keys_needs_no_store_for_ids_but_for_sessions() {
    let keyed = |numbers: &'static [u8]| async move {
        let settings = settings("keyed", RESOURCE).session_keys(&keys(numbers));
        settings.await.expect("everything is annotated").service()
    };
    let before = keyed(&[1]).await;
    let session = open(&before, READER).await;
    // rmcp has lost the session, and says so: the id itself was opened.
    for (numbers, is_opened) in [(&[1][..], true), (&[2, 1], true), (&[2], false)] {
        let answer = call(&keyed(numbers).await, READER, &session).await;
        assert_eq!(answer.status, 404);
        assert_eq!(answer.body.contains("Session not found"), is_opened);
    }
    assert_eq!(call(&before, READER, &session).await.status, 200);
}
