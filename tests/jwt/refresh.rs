//! Keys that change at the issuer, seen through the layer: how soon that is noticed, and that no
//! stranger delays it.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use http::{HeaderMap, Request, Response, StatusCode};
use scopes_core::cache::CachedVerifier;
use scopes_core::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
use scopes_core::jwt::{JwtVerifier, JwtVerifierBuilder};
use scopes_core::token::{AcceptToken, VerifyTokenError};
use scopes_core::tower::ProtectLayer;
use scopes_core::{AccessToken, Claims, Registry, ResourceServer, TokenVerifier, VerifiedToken};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, Site, claims};
use serde_json::json;
use tower::util::BoxCloneSyncService;
use tower::{Layer, ServiceExt, service_fn};

use crate::keys::builder;

/// Nothing takes longer, however busy the machine is.
const LONG: Duration = Duration::from_secs(20);

type Service = BoxCloneSyncService<Request<()>, Response<()>, Infallible>;

fn service(verifier: impl TokenVerifier) -> Service {
    let server = ResourceServer::builder(RESOURCE)
        .authorization_server(ISSUER)
        .registry(Registry::default())
        .build()
        .expect("valid settings");
    let inner =
        service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(String::new())));
    let protected = ProtectLayer::new(server, verifier).layer(inner);
    BoxCloneSyncService::new(protected.map_response(|response| response.map(drop)))
}

async fn answer(service: &Service, token: &str) -> (u16, HeaderMap) {
    let request = Request::post("/mcp").header("authorization", format!("Bearer {token}"));
    let request = request.body(()).expect("a request");
    let (parts, ()) = service
        .clone()
        .oneshot(request)
        .await
        .expect("infallible")
        .into_parts();
    (parts.status.as_u16(), parts.headers)
}

async fn status(service: &Service, token: &str) -> u16 {
    answer(service, token).await.0
}

async fn discovered(builder: JwtVerifierBuilder, site: &Site) -> JwtVerifier<Site> {
    builder
        .discover(site.clone())
        .await
        .expect("keys are found")
}

/// With a cache and without.
async fn services(builder: &JwtVerifierBuilder, site: &Site) -> [(&'static str, Service); 2] {
    let bare = discovered(builder.clone(), site).await;
    let cached = discovered(builder.clone(), site).await;
    [
        ("bare", service(bare)),
        ("cached", service(CachedVerifier::new(cached))),
    ]
}

/// A token that no request has presented before.
fn fresh(key: &SigningKey, number: usize) -> String {
    let mut claims = claims();
    claims["jti"] = number.to_string().into();
    key.sign(&key.header(), &claims)
}

/// A token by `key` that names a key which nobody has published.
fn made_up(key: &SigningKey, number: usize) -> String {
    let mut header = key.header();
    header["kid"] = format!("made-up-{number}").into();
    key.sign(&header, &claims())
}

/// Asks with one token again and again, or with a new one each time, until the status is another.
async fn until_not(
    service: &Service,
    status_now: u16,
    token: impl Fn(usize) -> String,
) -> (u16, Duration) {
    let start = Instant::now();
    for number in 0.. {
        let status = status(service, &token(number)).await;
        if status != status_now {
            return (status, start.elapsed());
        }
        assert!(start.elapsed() < LONG, "it is still {status_now}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    unreachable!("the loop has no end")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_key_is_noticed_by_age() {
    let millis = Duration::from_millis;
    for (lifetime, cooldown) in [(millis(300), millis(5000)), (millis(600), millis(50))] {
        for one_token in [true, false] {
            let (old, new) = (SigningKey::ed25519("1"), SigningKey::ed25519("2"));
            let site = Site::with_keys(&[&old]);
            let builder = builder().keys_lifetime(lifetime).cooldown(cooldown);
            for (name, service) in services(&builder, &site).await {
                let case = format!("{name}, {lifetime:?}, one token: {one_token}");
                site.publish_keys(&[&old]);
                let kept = fresh(&old, 0);
                let token = |number| {
                    if one_token {
                        kept.clone()
                    } else {
                        fresh(&old, number)
                    }
                };
                assert_eq!(status(&service, &token(0)).await, 200, "{case}");
                site.publish_keys(&[&new]);
                let asked = site.asked();
                let (status_then, waited) = until_not(&service, 200, token).await;
                assert_eq!(status_then, 401, "{case}");
                let refreshes = waited.as_millis() / lifetime.as_millis() + 2;
                let fetches = (site.asked() - asked) as u128;
                assert!(
                    fetches <= refreshes,
                    "{fetches} fetches in {waited:?}, {case}"
                );
                assert_eq!(status(&service, &kept).await, 401, "{case}");
                assert_eq!(status(&service, &fresh(&new, 0)).await, 200, "{case}");
            }
        }
    }
}

/// All settings are the defaults.
#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_delays_no_rotation() {
    let (old, new) = (SigningKey::ed25519("1"), SigningKey::ed25519("2"));
    let stranger = Arc::new(SigningKey::ed25519("3"));
    let site = Site::with_keys(&[&old]);
    for (name, service) in services(&builder(), &site).await {
        site.publish_keys(&[&old]);
        assert_eq!(status(&service, &fresh(&old, 0)).await, 200, "{name}");
        tokio::time::sleep(Duration::from_millis(2100)).await;
        assert_eq!(
            status(&service, &made_up(&stranger, 0)).await,
            401,
            "{name}"
        );
        site.publish_keys(&[&old, &new]);

        let is_over = Arc::new(AtomicBool::new(false));
        let strangers = {
            let (service, is_over) = (service.clone(), Arc::clone(&is_over));
            let stranger = Arc::clone(&stranger);
            tokio::spawn(async move {
                let mut asked = Vec::new();
                for number in 1.. {
                    if is_over.load(Ordering::SeqCst) {
                        break;
                    }
                    let (service, token) = (service.clone(), made_up(&stranger, number));
                    asked.push(tokio::spawn(async move { status(&service, &token).await }));
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                asked
            })
        };
        let start = Instant::now();
        let tokens: Vec<_> = (0..10).map(|number| fresh(&new, number)).collect();
        let answers = join_all(tokens.iter().map(|token| status(&service, token))).await;
        assert_eq!(answers, [200; 10], "{name}");
        assert!(start.elapsed() < LONG, "{name}");
        assert_eq!(status(&service, &fresh(&old, 1)).await, 200, "{name}");
        is_over.store(true, Ordering::SeqCst);
        for asked in strangers.await.expect("no panic") {
            let status = asked.await.expect("no panic");
            assert!(matches!(status, 401 | 503), "{name}: {status}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_strangers_some_wait_and_the_rest_are_told_to_come_back() {
    let (key, stranger) = (SigningKey::ed25519("1"), SigningKey::ed25519("3"));
    let site = Site::with_keys(&[&key]);
    let service = service(discovered(builder(), &site).await);
    tokio::time::sleep(Duration::from_millis(2100)).await;
    // The next fetch has to wait.
    assert_eq!(status(&service, &made_up(&stranger, 0)).await, 401);
    tokio::time::sleep(Duration::from_millis(1900)).await;
    let asked = site.asked();
    let tokens: Vec<_> = (1..2000).map(|number| made_up(&stranger, number)).collect();
    let answers = join_all(tokens.iter().map(|token| answer(&service, token))).await;
    for (status, headers) in &answers {
        match status {
            401 => assert!(headers.contains_key("www-authenticate")),
            503 => {
                assert_eq!(headers["retry-after"], "2");
                assert!(!headers.contains_key("www-authenticate"));
            }
            other => panic!("{other}"),
        }
    }
    assert!(
        site.asked() - asked <= 3,
        "{} fetches",
        site.asked() - asked
    );
    assert_eq!(status(&service, &fresh(&key, 0)).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_replaced_under_its_id_is_found() {
    let key = |kid| (SigningKey::ed25519(kid), SigningKey::ed25519(kid));
    let nameless = |key: &SigningKey| {
        let mut jwk = key.jwk();
        jwk.as_object_mut().expect("an object").remove("kid");
        jwk
    };
    for has_id in [true, false] {
        let (old, new) = key("1");
        let publish = |site: &Site, key: &SigningKey| {
            let jwk = if has_id { key.jwk() } else { nameless(key) };
            site.publish(&format!("{ISSUER}/jwks"), &json!({ "keys": [jwk] }));
        };
        let token = |key: &SigningKey, number: usize| {
            let (mut header, mut claims) = (key.header(), claims());
            claims["jti"] = number.to_string().into();
            if !has_id {
                header.as_object_mut().expect("an object").remove("kid");
            }
            key.sign(&header, &claims)
        };
        let site = Site::with_keys(&[]);
        publish(&site, &old);
        for (name, service) in services(&builder(), &site).await {
            publish(&site, &old);
            assert_eq!(status(&service, &token(&old, 0)).await, 200, "{name}");
            publish(&site, &new);
            assert_eq!(
                status(&service, &token(&new, 0)).await,
                200,
                "{name} {has_id}"
            );
            assert_eq!(
                status(&service, &token(&old, 0)).await,
                401,
                "{name} {has_id}"
            );
            let asked = site.asked();
            for number in 0..50 {
                assert_eq!(status(&service, &token(&old, number)).await, 401, "{name}");
            }
            assert_eq!(site.asked(), asked, "one fetch in a cooldown");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_set_withdraws_every_key() {
    let key = SigningKey::ed25519("1");
    let site = Site::with_keys(&[&key]);
    let builder = builder().keys_lifetime(Duration::from_millis(200));
    for (name, service) in services(&builder, &site).await {
        site.publish_keys(&[&key]);
        let token = fresh(&key, 0);
        let (first, _) = until_not(&service, 401, |_| token.clone()).await;
        assert_eq!(first, 200, "{name}");
        site.publish_keys(&[]);
        let (status_then, _) = until_not(&service, 200, |_| token.clone()).await;
        assert_eq!(status_then, 401, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_cannot_be_refreshed_are_trusted_for_a_time() {
    let (key, new) = (SigningKey::ed25519("1"), SigningKey::ed25519("2"));
    let builder = builder()
        .keys_lifetime(Duration::from_millis(200))
        .keys_max_age(Duration::from_millis(1500))
        .unknown_key_interval(Duration::from_millis(100))
        .cooldown(Duration::from_millis(100));
    for cached in [false, true] {
        let site = Site::with_keys(&[&key]);
        let verifier = discovered(builder.clone(), &site).await;
        let service = if cached {
            service(CachedVerifier::new(verifier))
        } else {
            service(verifier)
        };
        let start = Instant::now();
        site.shut_down();
        let token = fresh(&key, 0);
        assert_eq!(status(&service, &token).await, 200, "{cached}");
        // A key that nobody could look for may be a good one.
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(status(&service, &fresh(&new, 0)).await, 503, "{cached}");
        let (status_then, _) = until_not(&service, 200, |_| token.clone()).await;
        assert_eq!(status_then, 503, "{cached}");
        assert!(start.elapsed() >= Duration::from_millis(1500), "{cached}");

        let metadata = json!({ "issuer": ISSUER, "jwks_uri": format!("{ISSUER}/jwks") });
        let place = format!("{ISSUER}/.well-known/oauth-authorization-server");
        site.publish(&place, &metadata);
        site.publish_keys(&[&key]);
        let (status_then, _) = until_not(&service, 503, |_| token.clone()).await;
        assert_eq!(status_then, 200, "{cached}");
    }
}

/// All settings are the defaults.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_keys_are_asked_for_again_after_a_second() {
    let key = SigningKey::ed25519("1");
    let site = Site::with_keys(&[&key]);
    let verifier = builder()
        .discover_lazily(site.clone())
        .expect("valid settings");
    let service = service(verifier);
    site.shut_down();
    let (status_now, headers) = answer(&service, &fresh(&key, 0)).await;
    assert_eq!(status_now, 503);
    assert_eq!(headers["retry-after"], "1");
    let metadata = json!({ "issuer": ISSUER, "jwks_uri": format!("{ISSUER}/jwks") });
    site.publish(
        &format!("{ISSUER}/.well-known/oauth-authorization-server"),
        &metadata,
    );
    site.publish_keys(&[&key]);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(status(&service, &fresh(&key, 1)).await, 200);
}

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
