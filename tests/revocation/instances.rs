//! Several instances with one store, which fails, comes back and forgets.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Body;
use http::{Request, Response};
use http_body_util::BodyExt;
use scopes_core::SecretKeys;
use scopes_core::cache::CachedVerifier;
use scopes_core::jwt::JwtVerifier;
use scopes_core::revocation::{Revocation, RevocationSecret, Revocations, RevokeError};
use scopes_core::store::{LogEntries, LogPosition, MemoryStore, SharedStore, Store, StoreError};
use scopes_core::testing::Clock;
use scopes_core::tower::{ProtectLayer, RevocationEndpoint};
use scopes_tests::issuer::{ISSUER, Site as AuthorizationServer};
use serde_json::json;
use tokio::task::JoinHandle;
use tower::{Layer, ServiceExt, service_fn};

use crate::site::{Answer, Issuers, ask, protect, status};

const SECOND: Duration = Duration::from_secs(1);
/// Nothing takes longer, however busy the machine is.
const LONG: Duration = Duration::from_secs(20);

/// A store that can be taken down, and that can lose everything. Clones are the same.
#[derive(Clone, Default)]
struct Faulty(Arc<State>);

#[derive(Default)]
struct State {
    is_down: AtomicBool,
    generation: AtomicU64,
    entries: Mutex<MemoryStore>,
}

impl Faulty {
    fn set_down(&self, is_down: bool) {
        self.0.is_down.store(is_down, Ordering::SeqCst);
    }

    fn lose_everything(&self) {
        *self.0.entries.lock().expect("no panic") = MemoryStore::new();
        self.0.generation.fetch_add(1, Ordering::SeqCst);
    }

    fn entries(&self) -> Result<MemoryStore, StoreError> {
        if self.0.is_down.load(Ordering::SeqCst) {
            return Err(StoreError::new("down"));
        }
        Ok(self.0.entries.lock().expect("no panic").clone())
    }
}

impl Store for Faulty {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.entries()?.get(key).await
    }

    async fn put(&self, key: &str, value: &[u8], lifetime: Duration) -> Result<(), StoreError> {
        self.entries()?.put(key, value, lifetime).await
    }

    async fn insert(&self, key: &str, value: &[u8], life: Duration) -> Result<bool, StoreError> {
        self.entries()?.insert(key, value, life).await
    }

    async fn remove(&self, key: &str) -> Result<(), StoreError> {
        self.entries()?.remove(key).await
    }

    async fn append(&self, log: &str, entry: &[u8], life: Duration) -> Result<(), StoreError> {
        self.entries()?.append(log, entry, life).await
    }

    async fn read(
        &self,
        log: &str,
        after: Option<&LogPosition>,
        max_wait: Duration,
    ) -> Result<LogEntries, StoreError> {
        let generation = self.0.generation.load(Ordering::SeqCst).to_string();
        let known = after.and_then(|after| after.as_str().split_once('/'));
        let is_lost = known.is_some_and(|(known, _)| known != generation);
        let after = known.filter(|_| !is_lost);
        let after = after.map(|(_, position)| LogPosition::new(position));
        let read = self.entries()?.read(log, after.as_ref(), max_wait).await?;
        // What was read while the store went down has not arrived.
        self.entries()?;
        let position = format!("{generation}/{}", read.position.as_str());
        Ok(LogEntries::new(read.entries, LogPosition::new(&position))
            .lost(is_lost)
            .end(read.is_end))
    }
}

type Verifier = CachedVerifier<JwtVerifier<AuthorizationServer>>;

struct Instance {
    revocations: Revocations,
    protect: ProtectLayer<Verifier>,
    following: JoinHandle<()>,
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.following.abort();
    }
}

struct Site {
    issuers: Issuers,
    store: Faulty,
    keys: SecretKeys,
}

impl Site {
    fn new() -> Self {
        Self {
            issuers: Issuers::new(),
            store: Faulty::default(),
            keys: SecretKeys::random().expect("random bytes"),
        }
    }

    /// Starts an instance, which does not wait for the store.
    async fn start(&self) -> Instance {
        self.start_with(&self.keys).await
    }

    async fn start_with(&self, keys: &SecretKeys) -> Instance {
        let store = SharedStore::new(self.store.clone(), keys).pause(SECOND / 5);
        let revocations = Revocations::builder().store(&store).build();
        let following = tokio::spawn(revocations.follow_store());
        let protect = protect(self.issuers.verifier().await, &revocations);
        Instance {
            revocations,
            protect,
            following,
        }
    }

    async fn start_and_wait(&self) -> Instance {
        self.start_and_wait_with(&self.keys).await
    }

    async fn start_and_wait_with(&self, keys: &SecretKeys) -> Instance {
        let instance = self.start_with(keys).await;
        let token = self.issuers.token(json!({ "sub": "nobody" }));
        instance.answers(&token, 200).await;
        instance
    }
}

impl Instance {
    async fn status(&self, token: &str) -> u16 {
        status(&self.protect, token).await
    }

    /// Opens a response stream that says nothing. The task returns `true` once it has ended.
    async fn open_silent_stream(&self, token: &str) -> JoinHandle<bool> {
        let silent = service_fn(async |_: Request<Body>| {
            let frames = futures::stream::pending::<Result<&str, Infallible>>();
            Ok::<_, Infallible>(Response::new(Body::from_stream(frames)))
        });
        let request = Request::get("/mcp").header("authorization", format!("Bearer {token}"));
        let request = request.body(Body::empty()).expect("a request");
        let response = self.protect.layer(silent).oneshot(request).await;
        let mut body = response.expect("infallible").into_body();
        tokio::spawn(async move { body.frame().await.is_none() })
    }

    async fn readiness(&self) -> u16 {
        let request = Request::get("/ready").body(Body::empty());
        let answer = self
            .protect
            .readiness()
            .oneshot(request.expect("a request"));
        answer.await.expect("infallible").status().as_u16()
    }

    /// Waits until a request with this token is answered so, and returns how long that took.
    async fn answers(&self, token: &str, expected: u16) -> Duration {
        let began = Instant::now();
        while self.status(token).await != expected {
            assert!(began.elapsed() < LONG, "it never answers {expected}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        began.elapsed()
    }
}

#[tokio::test]
async fn a_revocation_reaches_every_instance_within_a_second() {
    let site = Site::new();
    let (one, other) = (site.start_and_wait().await, site.start_and_wait().await);
    let (ada, bob) = (
        site.issuers.token(json!({})),
        site.issuers.token(json!({ "sub": "bob" })),
    );
    assert_eq!(other.status(&ada).await, 200);
    let revoked = one.revocations.revoke(Revocation::subject(ISSUER, "ada"));
    revoked.await.expect("revoked");
    assert_eq!(one.status(&ada).await, 401);
    let took = other.answers(&ada, 401).await;
    assert!(took < SECOND, "{took:?}");
    // One that starts afterwards knows it from its first answer.
    let late = site.start().await;
    late.answers(&bob, 200).await;
    assert_eq!(late.status(&ada).await, 401);
    for instance in [&one, &other, &late] {
        assert_eq!(instance.status(&bob).await, 200);
    }
}

#[tokio::test]
async fn streams_on_other_instances_end_too() {
    let site = Site::new();
    let (one, other) = (site.start_and_wait().await, site.start_and_wait().await);
    let token = site.issuers.token(json!({}));
    let reading = other.open_silent_stream(&token).await;
    tokio::time::sleep(SECOND / 5).await;
    let began = Instant::now();
    let revoked = one.revocations.revoke(Revocation::token(&token));
    revoked.await.expect("revoked");
    assert!(reading.await.expect("no panic"), "the stream ends");
    assert!(began.elapsed() < SECOND, "{:?}", began.elapsed());
}

#[tokio::test]
async fn without_contact_to_the_store_every_token_is_a_503() {
    let site = Site::new();
    site.store.set_down(true);
    let token = site.issuers.token(json!({}));
    let instance = site.start().await;
    // At the start.
    let answer = ask(&instance.protect, &token).await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(instance.readiness().await, 503);
    site.store.set_down(false);
    instance.answers(&token, 200).await;
    assert_eq!(instance.readiness().await, 200);
    // And later, for longer than `max_staleness`.
    site.store.set_down(true);
    tokio::time::sleep(SECOND).await;
    let clock = Clock::start();
    assert_eq!(instance.status(&token).await, 200);
    clock.advance(8 * SECOND);
    assert_eq!(instance.status(&token).await, 200);
    clock.advance(3 * SECOND);
    let answer = ask(&instance.protect, &token).await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.retry_after.as_deref(), Some("1"));
    assert_eq!(answer.json()["error"], "temporarily_unavailable");
    assert_eq!(answer.challenge, "");
    assert_eq!(instance.readiness().await, 503);
    // A request without a token is refused as always.
    let missing = ask(&instance.protect, "").await;
    assert_ne!(missing.status, 503);
    site.store.set_down(false);
    instance.answers(&token, 200).await;
}

#[tokio::test]
async fn a_revocation_that_the_store_does_not_have_is_not_acknowledged() {
    let site = Site::new();
    let (one, other) = (site.start_and_wait().await, site.start_and_wait().await);
    let token = site.issuers.token(json!({}));
    let secret = "4e2fd9a0b1c8877612cd0e53aa9f06b7";
    let endpoint = RevocationSecret::from_text(secret).expect("a secret");
    let endpoint = RevocationEndpoint::new(&one.revocations, endpoint);
    let request = || {
        Request::post("/revoke")
            .header("authorization", format!("Bearer {secret}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("token={token}")))
            .expect("a request")
    };
    site.store.set_down(true);
    let revoked = one.revocations.revoke(Revocation::token(&token)).await;
    assert_eq!(revoked, Err(RevokeError::StoreUnavailable));
    let answer = endpoint.clone().oneshot(request()).await;
    let answer = Answer::of(answer.expect("infallible")).await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.retry_after.is_some());
    // It is in force here, and everywhere once the store is back.
    assert_eq!(one.status(&token).await, 401);
    assert_eq!(other.status(&token).await, 200);
    site.store.set_down(false);
    other.answers(&token, 401).await;
    let answer = endpoint.oneshot(request()).await;
    assert_eq!(Answer::of(answer.expect("infallible")).await.status, 200);
}

#[tokio::test]
async fn instances_write_back_what_the_store_has_lost() {
    let site = Site::new();
    let one = site.start_and_wait().await;
    let tokens: Vec<_> = (0..300)
        .map(|number| site.issuers.token(json!({ "jti": number.to_string() })))
        .collect();
    for token in &tokens {
        let revoked = one.revocations.revoke(Revocation::token(token));
        revoked.await.expect("revoked");
    }
    site.store.lose_everything();
    // One that starts now waits for the others.
    let late = site.start_and_wait().await;
    for token in &tokens {
        assert_eq!(late.status(token).await, 401);
    }
}

/// The three steps by which a key is replaced; each instance ends before the one after the next starts.
#[tokio::test]
async fn revocations_outlive_the_key_that_they_were_written_with() {
    let key = |number: u8| {
        std::array::from_fn(|place| u8::try_from(place).expect("small").wrapping_add(number))
    };
    let keys = |first: u8, others: &[u8]| {
        let first = SecretKeys::new(key(first)).expect("a key");
        let mut others = others.iter();
        others
            .try_fold(first, |keys, other| keys.accept(key(*other)))
            .expect("keys")
    };
    let site = Site::new();
    let token = site.issuers.token(json!({}));
    let first = site.start_and_wait_with(&keys(1, &[])).await;
    let revoked = first.revocations.revoke(Revocation::token(&token));
    revoked.await.expect("revoked");
    let second = site.start_and_wait_with(&keys(1, &[2])).await;
    drop(first);
    let third = site.start_and_wait_with(&keys(2, &[1])).await;
    drop(second);
    // It has written the revocation under the new key before it is ready, or soon after.
    tokio::time::sleep(SECOND).await;
    drop(third);
    let last = site.start_and_wait_with(&keys(2, &[])).await;
    assert_eq!(last.status(&token).await, 401);
}

#[tokio::test]
async fn streams_end_by_a_revocation_that_the_store_cannot_take() {
    let site = Site::new();
    let instance = site.start_and_wait().await;
    let token = site.issuers.token(json!({}));
    let reading = instance.open_silent_stream(&token).await;
    site.store.set_down(true);
    tokio::time::sleep(SECOND).await;
    // Longer than `max_staleness`, and not as long as the time to the next verification.
    let clock = Clock::start();
    clock.advance(15 * SECOND);
    let revoked = instance.revocations.revoke(Revocation::token(&token)).await;
    assert_eq!(revoked, Err(RevokeError::StoreUnavailable));
    let ended = tokio::time::timeout(LONG, reading).await;
    assert!(
        ended.expect("in time").expect("no panic"),
        "the stream ends"
    );
}
