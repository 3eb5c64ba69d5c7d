//! Whoever can write to Redis: no value that this server has not written, or has written for something
//! else or for a shorter time, has an effect.

use std::time::Duration;

use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use redis::{Commands as _, Connection};
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
use scopes_core::reqwest::ReqwestFetch;
use scopes_core::store::SharedStore;
use scopes_core::token::verify;
use scopes_core::{PresentedToken, VerifiedToken};
use scopes_tests::faulty::{FaultyServer, Reply};
use scopes_tests::issuer::now_plus;
use serde_json::json;

use crate::instances::{RESOURCE, instance, shared};
use crate::redis::Redis;
use crate::sessions::{READER, call, open};
use crate::tasks::Site;

/// The number of uses of the store since the last time, by purpose and result.
pub(crate) fn uses(snapshots: &Snapshotter, purpose: &str, result: &str) -> u64 {
    let counted = snapshots.snapshot().into_vec().into_iter();
    let counted = counted.filter_map(|(key, _, _, value)| {
        let key = key.key();
        let label = |name| key.labels().find(|label| label.key() == name);
        let is_it = key.name() == "scopes_store_calls_total"
            && label("purpose")?.value() == purpose
            && label("result")?.value() == result;
        match value {
            DebugValue::Counter(count) if is_it => Some(count),
            _ => None,
        }
    });
    counted.sum()
}

fn value(redis: &mut Connection, key: &str) -> Vec<u8> {
    redis.get(key).expect("a value")
}

#[tokio::test]
async fn a_task_is_known_by_the_value_that_was_written_for_it_alone() {
    let recorder = DebuggingRecorder::new();
    let snapshots = recorder.snapshotter();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let redis = Redis::start();
    let new = || shared(redis.store());
    let first = Site::new(&new());
    let second = Site::new(&new());
    let mut attacker = redis.attacker();
    let written = async |site: &Site, token: &str, task: &str| {
        let before = redis.keys("scopes:1:task:");
        site.start(token, "backup", task).await;
        let mut keys = redis.keys("scopes:1:task:");
        keys.retain(|key| !before.contains(key));
        assert_eq!(keys.len(), 1);
        keys.remove(0)
    };
    let of_ada = written(&first, "ada-reader", "task-1").await;
    let of_bob = written(&first, "bob-reader", "task-2").await;
    let elsewhere = Site::of("http://localhost/other", &new());
    let of_other = written(&elsewhere, "bob-reader", "task-1").await;
    let good = value(&mut attacker, &of_ada);
    assert_eq!(second.using("ada-reader", "task-1").await, 200);
    assert_eq!(uses(&snapshots, "task", "invalid"), 0);

    // Nothing tells what is stored.
    for key in redis.keys("") {
        let stored = [key.as_bytes(), &value(&mut attacker, &key)].concat();
        let stored = String::from_utf8_lossy(&stored).into_owned();
        for secret in [
            "ada",
            "bob",
            "reader",
            "task-1",
            "localhost",
            "authenticated",
        ] {
            assert!(!stored.contains(secret), "{stored}");
        }
    }

    let mut forged = Vec::new();
    for place in [0, 23, 24, 40, good.len() - 1] {
        let mut altered = good.clone();
        altered[place] ^= 1;
        forged.push(altered);
    }
    forged.push(good[..good.len() - 1].to_vec());
    forged.push(good[..10].to_vec());
    forged.push(Vec::new());
    forged.push(br#"{"principal":[0],"requirements":["public"]}"#.to_vec());
    // Bob's, of another task and of another resource.
    forged.push(value(&mut attacker, &of_bob));
    forged.push(value(&mut attacker, &of_other));
    let number = forged.len() as u64;
    for value in forged {
        let () = attacker.set(&of_ada, &value).expect("a server");
        for token in ["ada-reader", "bob-reader"] {
            assert_eq!(second.using(token, "task-1").await, 404);
        }
    }
    assert_eq!(uses(&snapshots, "task", "invalid"), 2 * number);

    // Ada's, as a task of Bob.
    let () = attacker.set(&of_bob, &good).expect("a server");
    for token in ["ada-reader", "bob-reader"] {
        assert_eq!(second.using(token, "task-2").await, 404);
    }
    let () = attacker.set(&of_ada, &good).expect("a server");
    assert_eq!(second.using("ada-reader", "task-1").await, 200);
}

#[tokio::test]
async fn a_session_is_restored_from_its_own_value_alone() {
    let redis = Redis::start();
    let mut attacker = redis.attacker();
    let new = || shared(redis.store());
    let first = instance("first", &new()).await;
    let session = open(&first, READER).await;
    let keys = redis.keys("scopes:1:session:");
    let good = value(&mut attacker, &keys[0]);
    let other = open(&first, "bob-reader").await;
    let mut others = redis.keys("scopes:1:session:");
    others.retain(|key| *key != keys[0]);
    let of_other = value(&mut attacker, &others[0]);
    let mut altered = good.clone();
    altered[30] ^= 1;
    for value in [of_other, altered, b"{}".to_vec()] {
        let () = attacker.set(&keys[0], value).expect("a server");
        let second = instance("second", &new()).await;
        assert_eq!(call(&second, READER, &session).await.status, 404);
        assert_eq!(call(&second, "bob-reader", &session).await.status, 404);
        assert_eq!(call(&second, "bob-reader", &other).await.status, 200);
    }
    let () = attacker.set(&keys[0], good).expect("a server");
    let second = instance("second", &new()).await;
    assert_eq!(call(&second, READER, &session).await.status, 200);
}

/// Introspects tokens, of which `good` is active; with a server that counts.
pub(crate) struct Introspecting {
    pub(crate) server: FaultyServer,
}

impl Introspecting {
    pub(crate) fn start() -> Self {
        let server = FaultyServer::start();
        server.call_made_up_tokens_inactive();
        let active = json!({
            "active": true,
            "sub": "ada",
            "aud": RESOURCE,
            "client_id": "client-1",
            "exp": now_plus(600),
            "scope": "entries:read",
        });
        server.reply("/introspect", Reply::about("good", &active));
        Self { server }
    }

    pub(crate) fn verifier(
        &self,
        store: &SharedStore,
        max_age: Duration,
    ) -> IntrospectionVerifier<ReqwestFetch> {
        let client = ClientAuthentication::secret_basic("resource", "secret");
        IntrospectionVerifier::builder(RESOURCE, client)
            .endpoint(self.server.url("/introspect"))
            .max_age(max_age)
            .store(store)
            .build(ReqwestFetch::new().expect("TLS"))
            .expect("valid settings")
    }
}

pub(crate) async fn ask(
    verifier: &IntrospectionVerifier<ReqwestFetch>,
    token: &str,
) -> Option<VerifiedToken> {
    let header = format!("Bearer {token}");
    let presented = PresentedToken::from_authorization([&header]);
    let presented = presented.expect("well-formed").expect("a token");
    verify(verifier, presented).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_redis_counts_for_its_token_and_time_alone() {
    let redis = Redis::start();
    let mut attacker = redis.attacker();
    let site = Introspecting::start();
    let max_age = Duration::from_secs(2);
    let verifier = || site.verifier(&shared(redis.store()), max_age);
    let began = std::time::Instant::now();
    assert!(ask(&verifier(), "good").await.is_some());
    let keys = redis.keys("scopes:1:introspection:");
    assert_eq!(keys.len(), 1, "the lease is gone");
    let good = value(&mut attacker, &keys[0]);
    let before = site.server.asked();
    assert!(ask(&verifier(), "good").await.is_some());
    assert_eq!(site.server.asked() - before, 0);

    // The answer about the active token, for one that is not.
    assert!(ask(&verifier(), "bad").await.is_none());
    let mut of_bad = redis.keys("scopes:1:introspection:");
    of_bad.retain(|key| !keys.contains(key));
    let () = attacker.set(&of_bad[0], &good).expect("a server");
    let before = site.server.asked();
    assert!(ask(&verifier(), "bad").await.is_none());
    assert_eq!(site.server.asked() - before, 1);

    // After its time.
    tokio::time::sleep((max_age + Duration::from_millis(100)).saturating_sub(began.elapsed()))
        .await;
    let () = attacker.set(&keys[0], &good).expect("a server");
    site.server
        .reply("/introspect", Reply::json(&json!({ "active": false })));
    assert!(ask(&verifier(), "good").await.is_none());
}
