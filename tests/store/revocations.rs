//! Revocations of two instances in Redis, which is restarted empty and stops answering.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::body::Body;
use http::{Request, Response};
use redis::cmd;
use scopes_core::revocation::{Revocation, Revocations, RevokeError};
use scopes_core::testing::{Clock, StaticVerifier};
use scopes_core::tower::ProtectLayer;
use tower::{Layer, ServiceExt, service_fn};

use crate::instances::{resource, shared, verifier};
use crate::redis::Redis;

const SECOND: Duration = Duration::from_secs(1);
/// Nothing takes longer, however busy the machine is.
const LONG: Duration = Duration::from_secs(20);

struct Instance {
    revocations: Revocations,
    protect: ProtectLayer<StaticVerifier>,
}

impl Instance {
    async fn start(redis: &Redis) -> Self {
        let store = shared(redis.store()).timeout(SECOND / 5).pause(SECOND / 5);
        let revocations = Revocations::builder().store(&store).build();
        tokio::spawn(revocations.follow_store());
        let protect = ProtectLayer::new(resource("http://localhost/mcp"), verifier());
        let protect = protect.revocations(&revocations);
        let instance = Self {
            revocations,
            protect,
        };
        instance.answers("bob-nothing", 200).await;
        instance
    }

    async fn status(&self, token: &str) -> u16 {
        let service = self.protect.layer(service_fn(async |_: Request<Body>| {
            Ok::<_, Infallible>(Response::new(Body::empty()))
        }));
        let request = Request::get("/mcp").header("authorization", format!("Bearer {token}"));
        let request = request.body(Body::empty()).expect("a request");
        let answer = service.oneshot(request).await;
        answer.expect("infallible").status().as_u16()
    }

    /// Waits until a request with this token is answered so, and returns how long that took.
    async fn answers(&self, token: &str, expected: u16) -> Duration {
        let began = Instant::now();
        while self.status(token).await != expected {
            assert!(began.elapsed() < LONG, "it never answers {expected}");
            tokio::time::sleep(SECOND / 100).await;
        }
        began.elapsed()
    }
}

#[tokio::test]
async fn a_revocation_reaches_every_instance_and_survives_the_loss_of_redis() {
    let mut redis = Redis::start();
    let (one, other) = (Instance::start(&redis).await, Instance::start(&redis).await);
    let revoked = one
        .revocations
        .revoke(Revocation::token("ada-reader"))
        .await;
    revoked.expect("revoked");
    assert_eq!(one.status("ada-reader").await, 401);
    let took = other.answers("ada-reader", 401).await;
    assert!(took < SECOND, "{took:?}");
    for instance in [&one, &other] {
        assert_eq!(instance.status("ada-nothing").await, 200);
    }
    // Nothing of it is in Redis in the clear.
    let keys = redis.keys("");
    assert!(keys.iter().all(|key| !key.contains("ada")), "{keys:?}");

    redis.restart();
    let late = Instance::start(&redis).await;
    assert_eq!(late.status("ada-reader").await, 401);
    let revoked = late.revocations.revoke(Revocation::token("ada-nothing"));
    revoked.await.expect("revoked");
    for instance in [&one, &other] {
        instance.answers("ada-nothing", 401).await;
        assert_eq!(instance.status("ada-reader").await, 401);
        assert_eq!(instance.status("bob-nothing").await, 200);
    }
}

#[tokio::test]
async fn while_redis_does_not_answer_nothing_is_acknowledged_and_tokens_are_a_503() {
    let redis = Redis::start();
    let (one, other) = (Instance::start(&redis).await, Instance::start(&redis).await);
    redis.signal("STOP");
    let revoked = one
        .revocations
        .revoke(Revocation::token("ada-reader"))
        .await;
    assert_eq!(revoked, Err(RevokeError::StoreUnavailable));
    assert_eq!(one.status("ada-reader").await, 401);
    assert_eq!(other.status("ada-reader").await, 200);
    // Readings that began before have ended by then.
    tokio::time::sleep(SECOND).await;
    let clock = Clock::start();
    clock.advance(10 * SECOND);
    for instance in [&one, &other] {
        assert_eq!(instance.status("bob-nothing").await, 503);
    }
    redis.signal("CONT");
    other.answers("ada-reader", 401).await;
    one.answers("bob-nothing", 200).await;
}

impl Redis {
    /// The stream of revocations.
    fn log(&self) -> String {
        let mut keys = self.keys("scopes:1:revocation:");
        keys.retain(|key| !key.ends_with(":generation"));
        assert_eq!(keys.len(), 1, "{keys:?}");
        keys.remove(0)
    }
}

#[tokio::test]
async fn a_redis_that_is_full_can_still_be_read() {
    let redis = Redis::start();
    let one = Instance::start(&redis).await;
    let revoked = one.revocations.revoke(Revocation::token("ada-reader"));
    revoked.await.expect("revoked");
    let mut limit = cmd("CONFIG");
    limit.arg("SET").arg("maxmemory").arg(1);
    limit.exec(&mut redis.attacker()).expect("a setting");

    let revoked = one.revocations.revoke(Revocation::token("ada-nothing"));
    assert_eq!(revoked.await, Err(RevokeError::StoreUnavailable));
    // Contact does not end with the failure, and instances that start have it too.
    let late = Instance::start(&redis).await;
    assert_eq!(late.status("ada-reader").await, 401);
    tokio::time::sleep(SECOND).await;
    let clock = Clock::start();
    clock.advance(5 * SECOND);
    tokio::time::sleep(SECOND).await;
    clock.advance(8 * SECOND);
    for instance in [&one, &late] {
        assert_eq!(instance.status("bob-nothing").await, 200);
    }
}

#[tokio::test]
async fn what_is_no_entry_stops_no_revocation() {
    let redis = Redis::start();
    let (one, other) = (Instance::start(&redis).await, Instance::start(&redis).await);
    let revoke = |token: &'static str| one.revocations.revoke(Revocation::token(token));
    revoke("ada-reader").await.expect("revoked");
    let log = redis.log();
    for fields in [&["a", "b"][..], &["a", "b", "c", "d"]] {
        let mut add = cmd("XADD");
        add.arg(&log).arg("*").arg(fields);
        add.exec(&mut redis.attacker()).expect("added");
    }
    revoke("ada-nothing").await.expect("revoked");
    other.answers("ada-nothing", 401).await;
    let late = Instance::start(&redis).await;
    assert_eq!(late.status("ada-reader").await, 401);
    assert_eq!(late.status("ada-nothing").await, 401);
}

#[tokio::test]
async fn a_revocation_that_someone_removes_is_written_again() {
    let redis = Redis::start();
    let one = Instance::start(&redis).await;
    let revoked = one.revocations.revoke(Revocation::token("ada-reader"));
    revoked.await.expect("revoked");
    let mut trim = cmd("XTRIM");
    trim.arg(redis.log()).arg("MAXLEN").arg(0);
    trim.exec(&mut redis.attacker()).expect("trimmed");
    let clock = Clock::start();
    clock.advance(61 * SECOND);
    let length = || {
        let mut length = cmd("XLEN");
        let length = length.arg(redis.log()).query::<u64>(&mut redis.attacker());
        length.expect("a length")
    };
    let began = Instant::now();
    while length() == 0 {
        assert!(began.elapsed() < LONG, "it is not written");
        tokio::time::sleep(SECOND / 10).await;
    }
    let late = Instance::start(&redis).await;
    assert_eq!(late.status("ada-reader").await, 401);
}
