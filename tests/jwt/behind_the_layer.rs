//! Requests to a service behind the layer, with a cache and without.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use http::{HeaderMap, Request, Response};
use scopes_core::cache::CachedVerifier;
use scopes_core::jwt::{JwtVerifier, JwtVerifierBuilder};
use scopes_core::tower::ProtectLayer;
use scopes_core::{Registry, ResourceServer, TokenVerifier};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, Site, claims};
use tower::util::BoxCloneSyncService;
use tower::{Layer, ServiceExt, service_fn};

/// Nothing takes longer, however busy the machine is.
pub(crate) const LONG: Duration = Duration::from_secs(20);

pub(crate) type Service = BoxCloneSyncService<Request<()>, Response<()>, Infallible>;

pub(crate) fn service(verifier: impl TokenVerifier) -> Service {
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

pub(crate) async fn answer(service: &Service, token: &str) -> (u16, HeaderMap) {
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

pub(crate) async fn status(service: &Service, token: &str) -> u16 {
    answer(service, token).await.0
}

pub(crate) async fn discovered(builder: JwtVerifierBuilder, site: &Site) -> JwtVerifier<Site> {
    builder
        .discover(site.clone())
        .await
        .expect("keys are found")
}

/// With a cache and without.
pub(crate) async fn services(
    builder: &JwtVerifierBuilder,
    site: &Site,
) -> [(&'static str, Service); 2] {
    let bare = discovered(builder.clone(), site).await;
    let cached = discovered(builder.clone(), site).await;
    [
        ("bare", service(bare)),
        ("cached", service(CachedVerifier::new(cached))),
    ]
}

/// A token that no request has presented before.
pub(crate) fn fresh(key: &SigningKey, number: usize) -> String {
    let mut claims = claims();
    claims["jti"] = number.to_string().into();
    key.sign(&key.header(), &claims)
}

/// A token by `key` that names a key which nobody has published.
pub(crate) fn made_up(key: &SigningKey, number: usize) -> String {
    let mut header = key.header();
    header["kid"] = format!("made-up-{number}").into();
    key.sign(&header, &claims())
}

/// Asks with one token again and again, or with a new one each time, until the status is another.
pub(crate) async fn until_not(
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
