//! What the verifier says of the token while a stream is open.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use scopes_core::cache::CachedVerifier;
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
use scopes_core::jwt::{Issuer, JwtVerifier};
use scopes_core::reqwest::ReqwestFetch;
use scopes_core::token::{AcceptToken, Rejection, VerifyTokenError};
use scopes_core::tower::ProtectLayer;
use scopes_core::{Claims, GrantedScopes, PresentedToken, TokenVerifier, VerifiedToken};
use scopes_tests::faulty::{FaultyServer, Reply};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, Site, now_plus};
use serde_json::json;
use tower::{Layer, ServiceExt, service_fn};

use crate::bodies::Talk;
use crate::site::protect;

const INTERVAL: Duration = Duration::from_millis(200);

/// What a verifier says at the moment.
#[derive(Clone)]
enum Says {
    Valid(Box<Claims>),
    Invalid,
    Unavailable,
    /// No answer, ever.
    Nothing,
}

#[derive(Clone)]
struct Told(Arc<Mutex<Says>>, Arc<AtomicUsize>);

impl Told {
    fn new(says: Says) -> Self {
        Self(Arc::new(Mutex::new(says)), Arc::default())
    }

    fn say(&self, says: Says) {
        *self.0.lock().expect("no panic") = says;
    }

    fn asked(&self) -> usize {
        self.1.load(Ordering::SeqCst)
    }
}

impl TokenVerifier for Told {
    async fn verify(
        &self,
        _: PresentedToken<'_>,
        accept: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        let says = self.0.lock().expect("no panic").clone();
        std::future::ready(()).await;
        match says {
            Says::Valid(claims) => Ok(accept.token_with(*claims)),
            Says::Invalid => Err(Rejection::Inactive.into()),
            Says::Unavailable => Err(VerifyTokenError::Unavailable {
                retry_after: Duration::from_millis(10),
            }),
            Says::Nothing => std::future::pending().await,
        }
    }
}

fn claims(subject: &str, scopes: &str) -> Box<Claims> {
    let mut claims = Box::<Claims>::default();
    claims.subject = Some(subject.to_owned());
    claims.scopes = GrantedScopes::parse(scopes).expect("scopes");
    claims
}

/// Opens a stream that says one thing, and returns how long it lasts.
async fn lasts<V: TokenVerifier>(protect: ProtectLayer<V>, token: &str) -> Duration {
    let service = protect.layer(service_fn(|_: Request<Full<Bytes>>| {
        let response = Response::new(Talk::once("tick "));
        std::future::ready(Ok::<_, Infallible>(response))
    }));
    let request = Request::get("/").header("authorization", format!("Bearer {token}"));
    let request = request.body(Full::default()).expect("a request");
    let response = service.oneshot(request).await.expect("infallible");
    assert_eq!(response.status(), 200);
    let began = Instant::now();
    let body = response.into_body().collect();
    let body = tokio::time::timeout(Duration::from_secs(20), body).await;
    let body = body.expect("it ends").expect("cleanly").to_bytes();
    assert_eq!(body, "tick ");
    began.elapsed()
}

/// How long a stream lasts whose verifier is told something else after half a second, and something
/// else again as soon as it has been asked.
async fn after(first: Says, second: Says) -> (Duration, usize) {
    let told = Told::new(Says::Valid(claims("ada", "entries:read tags:read")));
    let protect = protect(told.clone()).stream_check_interval(INTERVAL);
    let stream = tokio::spawn(lasts(protect, "token"));
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!stream.is_finished());
    let asked = told.asked();
    assert!(
        (2..5).contains(&asked),
        "asked {asked} times in two intervals"
    );
    told.say(first);
    while told.asked() == asked {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    told.say(second);
    tokio::time::sleep(Duration::from_millis(700)).await;
    let is_open = !stream.is_finished();
    told.say(Says::Invalid);
    let lasted = stream.await.expect("no panic");
    (
        if is_open { Duration::MAX } else { lasted },
        told.asked() - asked,
    )
}

#[tokio::test]
async fn the_verifier_is_asked_again() {
    let same = || Says::Valid(claims("ada", "entries:read tags:read"));
    let soon = Duration::from_secs(1);
    for (first, second, goes_on, case) in [
        (same(), same(), true, "nothing changes"),
        (Says::Invalid, same(), false, "it is revoked"),
        (
            Says::Valid(claims("ada", "tags:read entries:read entries:write")),
            same(),
            true,
            "scopes come and go",
        ),
        (
            Says::Valid(claims("ada", "entries:read")),
            same(),
            false,
            "a scope is withdrawn",
        ),
        (
            Says::Valid(claims("bob", "entries:read tags:read")),
            same(),
            false,
            "it is of another caller",
        ),
        (Says::Unavailable, same(), true, "a blip"),
        (Says::Unavailable, Says::Unavailable, false, "an outage"),
        (Says::Unavailable, Says::Invalid, false, "revoked in a blip"),
    ] {
        let (lasted, asked) = after(first, second).await;
        assert_eq!(lasted == Duration::MAX, goes_on, "{case}: {lasted:?}");
        assert!(
            goes_on || lasted < Duration::from_millis(500) + soon,
            "{case}: {lasted:?}"
        );
        assert!(asked < 12, "{case}: asked {asked} times");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_ends_its_stream_by_introspection() {
    let server = FaultyServer::start();
    server.call_made_up_tokens_inactive();
    let mut answer = json!({
        "active": true, "sub": "ada", "aud": RESOURCE, "exp": now_plus(600),
        "client_id": "client-1", "scope": "entries:read",
    });
    server.reply("/introspect", Reply::json(&answer));
    let client = ClientAuthentication::secret_basic("resource", "secret");
    let verifier = IntrospectionVerifier::builder(RESOURCE, client)
        .endpoint(server.url("/introspect"))
        .max_age(Duration::from_millis(100))
        .build(ReqwestFetch::new().expect("TLS"))
        .expect("valid settings");
    let protect = protect(verifier).stream_check_interval(INTERVAL);
    let stream = tokio::spawn(lasts(protect, "opaque"));
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert!(!stream.is_finished());
    answer = json!({ "active": false });
    server.reply("/introspect", Reply::json(&answer));
    let lasted = stream.await.expect("no panic");
    assert!(lasted < Duration::from_millis(2500), "{lasted:?}");
}

/// Forwards nothing but `verify`.
struct Wrapper<V>(V);

impl<V: TokenVerifier> TokenVerifier for Wrapper<V> {
    async fn verify(
        &self,
        token: PresentedToken<'_>,
        accept: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        self.0.verify(token, accept).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrapper_around_a_verifier_keeps_no_withdrawn_key_alive() {
    let (old, new) = (SigningKey::ed25519("1"), SigningKey::ed25519("2"));
    let keys = Site::with_keys(&[&old]);
    let verifier = JwtVerifier::builder(RESOURCE)
        .issuer(Issuer::new(ISSUER))
        .keys_lifetime(Duration::from_millis(300));
    let verifier = verifier.discover(keys.clone()).await.expect("keys");
    // The cache is in front, and hears of the keys only what the answers say.
    let verifier = CachedVerifier::new(Wrapper(verifier));
    let protect = protect(verifier).stream_check_interval(INTERVAL);
    let token = old.token();
    let stream = {
        let (protect, token) = (protect.clone(), token.clone());
        tokio::spawn(async move { lasts(protect, &token).await })
    };
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(!stream.is_finished());
    keys.publish_keys(&[&new]);
    tokio::time::sleep(Duration::from_millis(400)).await;
    let service = protect.layer(service_fn(|_: Request<Full<Bytes>>| {
        std::future::ready(Ok::<_, Infallible>(Response::new(String::new())))
    }));
    let request = Request::get("/").header("authorization", format!("Bearer {token}"));
    let request = request.body(Full::default()).expect("a request");
    let answer = service.oneshot(request).await.expect("infallible");
    assert_eq!(answer.status(), 401);
    let lasted = stream.await.expect("no panic");
    assert!(lasted < Duration::from_secs(5), "{lasted:?}");
}

/// The bound is two intervals, and at least the five seconds after which an unavailable verifier is
/// asked again.
#[tokio::test]
async fn a_verifier_that_never_answers_ends_the_stream() {
    for (interval, bounds) in [(INTERVAL, 5.0..7.0), (Duration::from_secs(3), 6.0..8.0)] {
        let told = Told::new(Says::Valid(claims("ada", "entries:read")));
        let protect = protect(told.clone()).stream_check_interval(interval);
        let stream = tokio::spawn(lasts(protect, "token"));
        while told.asked() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        told.say(Says::Nothing);
        let lasted = stream.await.expect("no panic").as_secs_f32();
        assert!(bounds.contains(&lasted), "{interval:?}: {lasted} s");
        assert_eq!(
            told.asked(),
            2,
            "{interval:?}: the question is not repeated"
        );
    }
}

/// An interval beyond the range of the clocks is not one that is over.
#[tokio::test]
async fn the_longest_interval_checks_nothing_again() {
    let told = Told::new(Says::Valid(claims("ada", "entries:read tags:read")));
    let protect = protect(told.clone()).stream_check_interval(Duration::MAX);
    let stream = tokio::spawn(lasts(protect, "token"));
    tokio::time::sleep(Duration::from_millis(500)).await;
    let is_open = !stream.is_finished();
    stream.abort();
    assert!(is_open);
    assert_eq!(told.asked(), 1);
}
