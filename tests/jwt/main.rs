//! JWT access tokens: which are good, which are not, and where their keys come from.

#![allow(clippy::expect_used, reason = "a test may panic")]

mod attacks;
mod behind_the_layer;
mod claims;
mod discovery;
mod documented;
mod hosts;
mod key_sets;
mod keys;
mod kinds;
mod metadata;
mod profiles;
mod providers;
mod recorded;
mod refresh;
mod slow_fetches;

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures::executor::block_on;
use http::{Request, Response, header};
use scopes_core::jwt::{Issuer, JwkSet, JwtVerifier};
use scopes_core::token::verify;
use scopes_core::tower::ProtectLayer;
use scopes_core::{
    AuthorizeError, InvalidToken, PresentedToken, Registry, ResourceServer, TokenVerifier,
    VerifiedToken,
};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey};
use serde_json::json;
use tower::{Layer, Service, service_fn};

type Answer = Result<VerifiedToken, AuthorizeError>;

const REFUSED: AuthorizeError = AuthorizeError::InvalidToken(InvalidToken::Rejected);

/// A verifier with these keys for its one issuer.
fn verifier(keys: &[&SigningKey]) -> Arc<JwtVerifier> {
    verifier_with(keys, |issuer| issuer)
}

/// A verifier with these keys and settings for its one issuer.
fn verifier_with(
    keys: &[&SigningKey],
    settings: impl FnOnce(Issuer) -> Issuer,
) -> Arc<JwtVerifier> {
    let keys: Vec<_> = keys.iter().map(|key| key.jwk()).collect();
    let keys: JwkSet = serde_json::from_value(json!({ "keys": keys })).expect("a key set");
    let issuer = settings(Issuer::new(ISSUER).jwks(keys));
    let verifier = JwtVerifier::builder(RESOURCE).issuer(issuer).build();
    Arc::new(verifier.expect("valid settings"))
}

/// What the verifier says of the token, which the layer has to answer accordingly.
fn ask(verifier: &Arc<JwtVerifier>, token: &str) -> Answer {
    let header = format!("Bearer {token}");
    let token = PresentedToken::from_authorization([&header])
        .expect("well-formed")
        .expect("a token");
    let answer = block_on(verify(verifier, token)).map_err(AuthorizeError::from);
    let description = match &answer {
        Ok(_) => None,
        Err(AuthorizeError::InvalidToken(InvalidToken::Expired)) => Some("has expired"),
        Err(_) => Some("is not valid"),
    };
    let metadata = "https://mcp.example.com/mcp?oauth-protected-resource";
    let challenge = description.map(|what| {
        format!(
            r#"Bearer error="invalid_token", resource_metadata="{metadata}", error_description="The access token {what}.""#
        )
    });
    let status = if answer.is_ok() { 200 } else { 401 };
    assert_eq!(answer_over_http(verifier, &header), (status, challenge));
    answer
}

/// The status of a request through the layer with this token, whatever has to be waited for.
fn status_over_http<V: TokenVerifier>(layer: &ProtectLayer<V>, token: &str) -> u16 {
    let inner = service_fn(|_: Request<()>| {
        std::future::ready(Ok::<_, Infallible>(Response::new(String::new())))
    });
    let request = Request::post("/mcp").header(header::AUTHORIZATION, format!("Bearer {token}"));
    let answer = layer
        .layer(inner)
        .call(request.body(()).expect("a request"));
    block_on(answer).expect("an answer").status().as_u16()
}

/// Status and challenge of a request through the layer.
fn answer_over_http(verifier: &Arc<JwtVerifier>, authorization: &str) -> (u16, Option<String>) {
    let server = ResourceServer::builder(RESOURCE)
        .authorization_server(ISSUER)
        .registry(Registry::default())
        .build()
        .expect("valid settings");
    let inner = service_fn(|_: Request<()>| {
        std::future::ready(Ok::<_, Infallible>(Response::new(String::new())))
    });
    let mut service = ProtectLayer::new(server, Arc::clone(verifier)).layer(inner);
    let request = Request::post("/mcp").header(header::AUTHORIZATION, authorization);
    let mut answer = pin!(service.call(request.body(()).expect("a request")));
    let answer = answer
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Ok(answer)) = answer else {
        panic!("the keys are there, so nothing has to be waited for")
    };
    let challenge = answer.headers().get(header::WWW_AUTHENTICATE);
    let challenge = challenge.map(|value| value.to_str().expect("ASCII").to_owned());
    (answer.status().as_u16(), challenge)
}
