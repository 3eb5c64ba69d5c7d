//! Revocations of two instances in Redis, which is restarted empty and stops answering.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::body::Body;
use http::{Request, Response};
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
