//! Redis that is down, slow, or empty after a restart.

use std::time::{Duration, Instant};

use metrics_util::debugging::DebuggingRecorder;
use scopes_core::store::SharedStore;

use crate::attacker::{Introspecting, ask, uses};
use crate::client::{send, stateless_call};
use crate::instances::{instance, shared};
use crate::redis::Redis;
use crate::sessions::{READER, call, open};
use crate::tasks::Site;

const PAUSE: Duration = Duration::from_millis(300);

/// A store that is called again soon.
fn store(redis: &Redis) -> SharedStore {
    shared(redis.store()).pause(PAUSE)
}

#[tokio::test]
async fn while_redis_is_down_what_it_protects_is_unavailable_and_the_rest_goes_on() {
    let recorder = DebuggingRecorder::new();
    let snapshots = recorder.snapshotter();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let mut redis = Redis::start();
    let (one, other) = (store(&redis), store(&redis));
    let (first, second) = (
        instance("first", &one).await,
        instance("second", &other).await,
    );
    let (tasks, other_tasks) = (Site::new(&one), Site::new(&other));
    let session = open(&first, READER).await;
    tasks.start(READER, "export", "task-1").await;
    assert_eq!(other_tasks.using(READER, "task-1").await, 200);

    redis.stop();
    other_tasks.get(READER, "task-1").await.is_unavailable();
    call(&second, READER, &session).await.is_unavailable();
    assert_ne!(uses(&snapshots, "task", "failed"), 0);
    // Also what nobody has started.
    other_tasks
        .get("bob-reader", "task-2")
        .await
        .is_unavailable();

    assert_eq!(tasks.using(READER, "task-1").await, 200);
    assert_eq!(call(&first, READER, &session).await.status, 200);
    let answer = send(&second, stateless_call(READER, "count_entries")).await;
    assert_eq!(answer.status, 200);
    // New sessions and tasks are those of their instance.
    let new = open(&second, READER).await;
    assert_eq!(call(&second, READER, &new).await.status, 200);
    other_tasks.start(READER, "export", "task-3").await;
    assert_eq!(other_tasks.using(READER, "task-3").await, 200);

    // After five failures, Redis is not called for a while.
    for _ in 0..10 {
        other_tasks.get(READER, "task-1").await.is_unavailable();
    }
    assert_ne!(uses(&snapshots, "task", "paused"), 0);

    redis.restart();
    tokio::time::sleep(PAUSE * 2).await;
    // It has forgotten everything.
    assert_eq!(other_tasks.using(READER, "task-1").await, 404);
    assert_eq!(call(&second, READER, &session).await.status, 404);
    assert_eq!(call(&first, READER, &session).await.status, 200);
    let session = open(&second, READER).await;
    let _ = one;
    assert_eq!(call(&first, READER, &session).await.status, 200);
    other_tasks.start(READER, "export", "task-4").await;
    assert_eq!(tasks.using(READER, "task-4").await, 200);
}

#[tokio::test]
async fn a_redis_that_does_not_answer_costs_the_timeout() {
    let recorder = DebuggingRecorder::new();
    let snapshots = recorder.snapshotter();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let redis = Redis::start();
    let store = store(&redis)
        .timeout(Duration::from_millis(500))
        .max_failures(2)
        .pause(Duration::from_secs(1));
    let (tasks, other) = (Site::new(&store), Site::new(&store));
    tasks.start(READER, "export", "task-1").await;

    redis.signal("STOP");
    let timed = async |limit: Duration| {
        let began = Instant::now();
        other.get(READER, "task-1").await.is_unavailable();
        assert!(began.elapsed() < limit, "{:?}", began.elapsed());
    };
    timed(Duration::from_secs(4)).await;
    timed(Duration::from_secs(4)).await;
    assert_eq!(uses(&snapshots, "task", "timed_out"), 2);
    timed(Duration::from_millis(400)).await;
    assert_eq!(uses(&snapshots, "task", "paused"), 1);
    redis.signal("CONT");
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(other.using(READER, "task-1").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_every_instance_introspects_for_itself() {
    let mut redis = Redis::start();
    let site = Introspecting::start();
    let max_age = Duration::from_secs(60);
    let verifiers = [(); 3].map(|()| site.verifier(&store(&redis), max_age));
    redis.stop();
    for verifier in &verifiers {
        let before = site.server.asked();
        assert!(ask(verifier, "good").await.is_some());
        assert!(ask(verifier, "bad").await.is_none());
        assert_eq!(site.server.asked() - before, 2);
    }
    redis.restart();
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_ask_once_for_all_of_them() {
    let redis = Redis::start();
    let site = Introspecting::start();
    let max_age = Duration::from_secs(60);
    let verifiers = [(); 3].map(|()| site.verifier(&store(&redis), max_age));
    for (token, is_active) in [("good", true), ("bad", false)] {
        let before = site.server.asked();
        let asking = verifiers.iter().cycle().take(30);
        let asking = asking.map(|verifier| ask(verifier, token));
        let answers = futures::future::join_all(asking).await;
        assert!(answers.iter().all(|answer| answer.is_some() == is_active));
        assert_eq!(site.server.asked() - before, 1, "{token}");
    }
}
