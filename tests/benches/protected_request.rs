//! A request through the layer, with a token that was good before, against the service alone.

#![allow(clippy::expect_used, reason = "a benchmark may panic")]

use std::convert::Infallible;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use http::{Request, Response};
use scopes_core::cache::CachedVerifier;
use scopes_core::jwt::{Issuer, JwkSet, JwtVerifier};
use scopes_core::tower::ProtectLayer;
use scopes_core::{AuthorizeError, Registry, ResourceServer, requires_scopes};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey};
use scopes_tests::measure::{Comparison, print_throughput, verdict};
use scopes_tests::vocabulary::Scope;
use serde_json::json;
use tower::{Layer, Service, service_fn};

/// As in `RESOURCE`.
const HOST: &str = "mcp.example.com";

/// What the layer may add, in nanoseconds.
const TARGET: f64 = 600.0;

async fn bare(request: Request<()>) -> Result<Response<String>, Infallible> {
    std::future::ready(()).await;
    black_box(request);
    Ok(Response::new(String::new()))
}

#[requires_scopes("entries:read", catalog = Scope)]
async fn entries() -> Result<(), AuthorizeError> {
    std::future::ready(Ok(())).await
}

async fn guarded(request: Request<()>) -> Result<Response<String>, Infallible> {
    entries().await.expect("allowed");
    black_box(request);
    Ok(Response::new(String::new()))
}

fn main() {
    let key = SigningKey::rsa("1");
    let keys: JwkSet = serde_json::from_value(json!({ "keys": [key.jwk()] })).expect("keys");
    let verifier = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(ISSUER).jwks(keys));
    let verifier = CachedVerifier::new(verifier.build().expect("valid settings"));
    let server = ResourceServer::builder(RESOURCE)
        .authorization_server(ISSUER)
        .registry(Registry::default())
        .catalog::<Scope>();
    let layer = ProtectLayer::new(server.build().expect("valid settings"), verifier);
    let authorization = format!("Bearer {}", key.token());
    let request = || {
        let request = Request::post("/mcp").header("host", HOST);
        let request = request.header("authorization", &*authorization);
        request.body(()).expect("a request")
    };

    let mut alone = service_fn(bare);
    let mut layered = layer.layer(service_fn(bare));
    let mut whole = layer.layer(service_fn(guarded));
    let medians = Comparison::new("a request with a token that was good before")
        .case("the service alone", || call(&mut alone, request()))
        .case("in the layer", || call(&mut layered, request()))
        .case("in the layer, with a guard", || call(&mut whole, request()))
        .print();
    let added = medians[1] - medians[0];
    println!(
        "  the layer adds {added:.0} ns; target {TARGET} ns: {}",
        verdict(added, TARGET)
    );

    let (layer, request) = (&layer, &request);
    print_throughput("requests through layer and guard, with one token", |_| {
        let mut service = layer.layer(service_fn(guarded));
        move || call(&mut service, request())
    });
}

/// The answer of a service that is ready, and does not wait.
fn call<S, B>(service: &mut S, request: Request<()>)
where
    S: Service<Request<()>, Response = Response<B>>,
{
    let mut future = pin!(service.call(request));
    let answer = future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(answer, Poll::Ready(Ok(answer)) if answer.status() == 200));
}
