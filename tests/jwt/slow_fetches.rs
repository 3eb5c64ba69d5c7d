//! Fetches of keys that panic, take long or never end, and clients that do not wait for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::join_all;
use http::StatusCode;
use scopes_core::cache::CachedVerifier;
use scopes_core::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
use scopes_core::jwt::JwtVerifierBuilder;
use scopes_core::token::{AcceptToken, VerifyTokenError};
use scopes_core::{AccessToken, Claims, TokenVerifier, VerifiedToken};
use scopes_tests::issuer::{SigningKey, Site};

use crate::behind_the_layer::{LONG, Service, fresh, service, status, until_not};
use crate::keys::builder;

/// Panics at the first request, and is a good issuer from then on.
#[derive(Clone)]
struct Panicking(Site, Arc<AtomicBool>);

impl Fetch for Panicking {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(self.1.swap(true, Ordering::SeqCst), "on purpose");
        self.0.fetch(request).await
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_panics_is_an_error_for_those_who_wait_and_for_nobody_else() {
    let key = SigningKey::ed25519("1");
    for cached in [false, true] {
        let fetch = Panicking(Site::with_keys(&[&key]), Arc::default());
        let verifier = builder().discover_lazily(fetch).expect("valid settings");
        let service = if cached {
            service(CachedVerifier::new(verifier))
        } else {
            service(verifier)
        };
        let tokens: Vec<_> = (0..20).map(|number| fresh(&key, number)).collect();
        let answers = join_all(tokens.iter().map(|token| status(&service, token))).await;
        assert_eq!(answers, [503; 20], "{cached}");
        let (status_then, _) = until_not(&service, 503, |number| fresh(&key, number)).await;
        assert_eq!(status_then, 200, "{cached}");
    }
}

/// Panics at the first token.
struct PanickingVerifier(AtomicBool);

impl TokenVerifier for PanickingVerifier {
    async fn verify(
        &self,
        _: AccessToken<'_>,
        accept: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(self.0.swap(true, Ordering::SeqCst), "on purpose");
        Ok(accept.token_with(Claims::default()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verifier_that_panics_is_an_error_for_those_who_wait_and_for_nobody_else() {
    let verifier = PanickingVerifier(AtomicBool::new(false));
    let service = service(CachedVerifier::new(verifier));
    let answers = join_all((0..20).map(|_| status(&service, "token"))).await;
    assert_eq!(answers, [StatusCode::SERVICE_UNAVAILABLE.as_u16(); 20]);
    let answers = join_all((0..20).map(|_| status(&service, "token"))).await;
    assert_eq!(answers, [200; 20]);
}

/// An issuer that takes its time.
#[derive(Clone)]
struct Slow(Site, Duration);

impl Fetch for Slow {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        let answer = self.0.fetch(request).await;
        tokio::time::sleep(self.1).await;
        answer
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

const SLOW: Duration = Duration::from_millis(150);

/// With a cache and without, once the keys are known.
async fn slow_services(builder: &JwtVerifierBuilder, site: &Site) -> [(&'static str, Service); 2] {
    let discover = async || {
        let fetch = Slow(site.clone(), SLOW);
        let verifier = builder.clone().discover(fetch).await;
        verifier.expect("keys are found")
    };
    [
        ("bare", service(discover().await)),
        ("cached", service(CachedVerifier::new(discover().await))),
    ]
}

/// Sends a request, and hangs up before it can be answered.
async fn hang_up(service: &Service, token: &str) {
    let pause = Duration::from_millis(20);
    let answered = tokio::time::timeout(pause, status(service, token)).await;
    assert!(answered.is_err(), "the issuer takes longer");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_idle_time_nobody_is_answered_by_a_withdrawn_key() {
    let (old, new) = (SigningKey::ed25519("1"), SigningKey::ed25519("2"));
    let site = Site::with_keys(&[&old]);
    let limit = Duration::from_millis(400);
    let builder = builder().keys_lifetime(limit).timeout(limit);
    for (name, service) in slow_services(&builder, &site).await {
        site.publish_keys(&[&old]);
        let token = fresh(&old, 0);
        until_not(&service, 401, |_| token.clone()).await;
        site.publish_keys(&[&new]);
        tokio::time::sleep(3 * limit).await;
        let answers = join_all((0..10).map(|_| status(&service, &token))).await;
        assert_eq!(answers, [401; 10], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_hang_up_keep_no_withdrawn_key_alive() {
    let (old, new) = (SigningKey::ed25519("1"), SigningKey::ed25519("2"));
    let stranger = SigningKey::ed25519("1");
    let site = Site::with_keys(&[&old]);
    let builder = builder().keys_lifetime(Duration::from_millis(500));
    for (name, service) in slow_services(&builder, &site).await {
        site.publish_keys(&[&old]);
        let token = fresh(&old, 0);
        until_not(&service, 401, |_| token.clone()).await;
        site.publish_keys(&[&new]);
        tokio::time::sleep(Duration::from_millis(550)).await;
        hang_up(&service, &fresh(&stranger, 0)).await;
        // Whoever comes next goes on with the fetch that was begun, and waits for it.
        assert_eq!(status(&service, &token).await, 401, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_hang_up_keep_nobody_from_the_first_keys() {
    let key = SigningKey::ed25519("1");
    let fetch = Slow(Site::with_keys(&[&key]), SLOW);
    let verifier = builder().discover_lazily(fetch).expect("valid settings");
    let service = service(verifier);
    for number in 0..3 {
        hang_up(&service, &fresh(&key, number)).await;
    }
    assert_eq!(status(&service, &fresh(&key, 9)).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_key_is_found_for_all_who_ask_at_once() {
    let (old, new, other) = (
        SigningKey::ed25519("1"),
        SigningKey::ed25519("1"),
        SigningKey::ed25519("1"),
    );
    let site = Site::with_keys(&[&old]);
    for is_disturbed in [false, true] {
        for (name, service) in slow_services(&builder(), &site).await {
            site.publish_keys(&[&old]);
            site.publish_keys(&[&new]);
            if is_disturbed {
                hang_up(&service, &fresh(&other, 0)).await;
            }
            let tokens: Vec<_> = (0..10).map(|number| fresh(&new, number)).collect();
            let answers = join_all(tokens.iter().map(|token| status(&service, token))).await;
            assert_eq!(answers, [200; 10], "{name}, disturbed: {is_disturbed}");
        }
        site.publish_keys(&[&old]);
    }
}

/// Answers once, and then never again.
#[derive(Clone)]
struct Hanging(Site, Arc<AtomicBool>);

impl Fetch for Hanging {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        if self.1.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        self.0.fetch(request).await
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_never_ends_holds_nobody_for_longer_than_the_timeout() {
    let (key, new) = (SigningKey::ed25519("1"), SigningKey::ed25519("2"));
    let hangs = Arc::new(AtomicBool::new(false));
    let fetch = Hanging(Site::with_keys(&[&key]), Arc::clone(&hangs));
    let settings = builder()
        .keys_lifetime(Duration::from_millis(200))
        .timeout(Duration::from_millis(300));
    let service = service(settings.discover(fetch).await.expect("keys are found"));
    hangs.store(true, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(250)).await;
    let all = async {
        for number in 0..5 {
            assert_eq!(status(&service, &fresh(&key, number)).await, 200);
        }
        assert_eq!(status(&service, &fresh(&new, 0)).await, 503);
    };
    tokio::time::timeout(LONG, all).await.expect("it ends");
}

/// Whatever a request waits for: a refresh, an unknown key, or both.
#[tokio::test(flavor = "multi_thread")]
async fn one_request_waits_no_longer_than_the_timeout_in_total() {
    let (key, new, replaced) = (
        SigningKey::ed25519("1"),
        SigningKey::ed25519("2"),
        SigningKey::ed25519("1"),
    );
    let timeout = Duration::from_secs(2);
    for (token, expected) in [
        (key.token(), 200),
        (new.token(), 503),
        (replaced.token(), 401),
    ] {
        for lifetime in [Duration::from_millis(50), Duration::from_secs(600)] {
            let hangs = Arc::new(AtomicBool::new(false));
            let fetch = Hanging(Site::with_keys(&[&key]), Arc::clone(&hangs));
            let settings = builder().keys_lifetime(lifetime).timeout(timeout);
            let service = service(settings.discover(fetch).await.expect("keys are found"));
            hangs.store(true, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(100)).await;
            let start = std::time::Instant::now();
            assert_eq!(status(&service, &token).await, expected, "{lifetime:?}");
            let elapsed = start.elapsed();
            assert!(
                elapsed < timeout.mul_f32(1.4),
                "{expected}, {lifetime:?}: {elapsed:?}"
            );
        }
    }
}
