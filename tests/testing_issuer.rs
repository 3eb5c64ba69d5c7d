//! The authorization server for tests, by what the verifiers make of it.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::time::Duration;

use scopes_core::cache::CachedVerifier;
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
use scopes_core::jwt::{self, JwtVerifier};
use scopes_core::reqwest::ReqwestFetch;
use scopes_core::testing::{Clock, Endpoint, Issuer, SigningAlgorithm};
use scopes_core::token::{Rejection, TokenVerifier, VerifiedToken, VerifyTokenError, verify};
use scopes_core::{PresentedToken, Registry, ResourceServer};
use serde_json::{Value, json};

const RESOURCE: &str = "https://mcp.example.com/mcp";

fn fetch() -> ReqwestFetch {
    ReqwestFetch::new().expect("TLS")
}

async fn jwt_verifier(issuer: &Issuer) -> JwtVerifier<ReqwestFetch> {
    let verifier = JwtVerifier::builder(RESOURCE).issuer(jwt::Issuer::new(issuer.url()));
    verifier
        .unknown_key_interval(Duration::ZERO)
        .keys_lifetime(Duration::ZERO)
        .discover(fetch())
        .await
        .expect("keys")
}

async fn introspection_verifier(
    issuer: &Issuer,
    secret: &str,
) -> IntrospectionVerifier<ReqwestFetch> {
    let client = ClientAuthentication::secret_basic("journal", secret);
    let verifier = IntrospectionVerifier::builder(RESOURCE, client).issuer(issuer.url());
    let verifier = verifier
        .max_age(Duration::ZERO)
        .max_rejection_age(Duration::ZERO);
    verifier.discover(fetch()).await.expect("an endpoint")
}

async fn ask(
    verifier: &impl TokenVerifier,
    token: &str,
) -> Result<VerifiedToken, VerifyTokenError> {
    let header = format!("Bearer {token}");
    let token = PresentedToken::from_authorization([&header]);
    verify(verifier, token.expect("well-formed").expect("a token")).await
}

#[tokio::test]
async fn a_token_of_every_algorithm_is_good() {
    let issuer = Issuer::start().await.expect("a port");
    let verifier = jwt_verifier(&issuer).await;
    for algorithm in [
        SigningAlgorithm::Rs256,
        SigningAlgorithm::Es256,
        SigningAlgorithm::EdDsa,
    ] {
        let token = issuer.token(RESOURCE).scope("entries:read tags:write");
        let token = token.subject("grace").algorithm(algorithm).sign();
        let token = ask(&verifier, &token.expect("a key")).await.expect("good");
        assert_eq!(token.subject(), Some("grace"), "{algorithm:?}");
        assert_eq!(token.scopes().to_string(), "entries:read tags:write");
    }
    let no_key = issuer.token(RESOURCE).algorithm(SigningAlgorithm::Es384);
    assert!(no_key.sign().is_err());
}

#[tokio::test]
async fn whatever_is_wrong_with_a_token_is_refused() {
    let issuer = Issuer::start().await.expect("a port");
    let other = Issuer::start().await.expect("a port");
    let verifier = jwt_verifier(&issuer).await;
    let good = || issuer.token(RESOURCE);
    assert!(ask(&verifier, &good().sign().expect("a key")).await.is_ok());
    for (what, token) in [
        ("expired", good().expired(Duration::from_secs(60))),
        ("for another", issuer.token("https://other.example")),
        ("of another issuer", other.token(RESOURCE)),
        (
            "in another's name",
            other.token(RESOURCE).claim("iss", issuer.url()),
        ),
        ("without an end", good().without("exp")),
        ("bound to a key", good().claim("cnf", json!({ "jkt": "x" }))),
        ("of another type", good().header("typ", "logout+jwt")),
    ] {
        let token = token.sign().expect("a key");
        let answer = ask(&verifier, &token).await;
        assert!(
            matches!(answer, Err(VerifyTokenError::Invalid(_))),
            "{what}"
        );
    }
}

#[tokio::test]
async fn keys_rotate_and_go() {
    let issuer = Issuer::start().await.expect("a port");
    let verifier = jwt_verifier(&issuer).await;
    let before = issuer.token(RESOURCE).sign().expect("a key");
    issuer.rotate_keys().expect("randomness");
    let after = issuer.token(RESOURCE).sign().expect("a key");
    for token in [&before, &after] {
        assert!(ask(&verifier, token).await.is_ok());
    }
    issuer.forget_old_keys();
    assert!(ask(&verifier, &before).await.is_err());
    assert!(ask(&verifier, &after).await.is_ok());
    assert!(issuer.requests(Endpoint::Metadata) > 0);
    assert!(issuer.requests(Endpoint::Keys) > 2);
}

#[tokio::test]
async fn introspection_knows_every_token_until_it_is_revoked() {
    let issuer = Issuer::start().await.expect("a port");
    issuer.register_client("journal", "a secret: ü");
    let verifier = introspection_verifier(&issuer, "a secret: ü").await;
    let opaque = issuer.token(RESOURCE).scope("entries:read").opaque();
    let jwt = issuer.token(RESOURCE).scope("entries:read").sign();
    for token in [opaque, jwt.expect("a key")] {
        let good = ask(&verifier, &token).await.expect("good");
        assert_eq!(good.subject(), Some("ada"));
        assert_eq!(good.scopes().to_string(), "entries:read");
        issuer.revoke(&token);
        let answer = ask(&verifier, &token).await;
        assert!(matches!(answer, Err(VerifyTokenError::Invalid(_))));
    }
    // And once at the start, about a made-up token.
    assert_eq!(issuer.requests(Endpoint::Introspection), 5);
    assert!(ask(&verifier, "never-issued").await.is_err());
}

#[tokio::test]
async fn introspection_is_for_registered_clients() {
    let issuer = Issuer::start().await.expect("a port");
    issuer.register_client("journal", "right");
    let client = ClientAuthentication::secret_basic("journal", "wrong");
    let settings = IntrospectionVerifier::builder(RESOURCE, client).issuer(issuer.url());
    assert!(settings.clone().discover(fetch()).await.is_err());
    let verifier = settings.discover_lazily(fetch()).expect("valid settings");
    let token = issuer.token(RESOURCE).opaque();
    let answer = ask(&verifier, &token).await;
    assert!(matches!(answer, Err(VerifyTokenError::Unavailable { .. })));
}

#[tokio::test]
async fn it_has_the_identifier_of_production() {
    for issuer in [
        "https://auth.example.com",
        "https://auth.example.com/realms/main",
        "https://auth.example.com/t/",
    ] {
        let server = ResourceServer::builder(RESOURCE)
            .authorization_server(issuer)
            .registry(Registry::default())
            .build()
            .expect("production settings");
        let issuer = Issuer::start_as(issuer).await.expect("an issuer");
        let verifier = JwtVerifier::discover(&server, issuer.fetch()).await;
        let verifier = verifier.expect("keys");
        let token = issuer
            .token(RESOURCE)
            .scope("entries:read")
            .sign()
            .expect("a key");
        let accepted = ask(&verifier, &token).await.expect("valid");
        assert_eq!(accepted.claims().issuer.as_deref(), Some(issuer.url()));
        let foreign = issuer.token("https://other.example").sign().expect("a key");
        assert!(ask(&verifier, &foreign).await.is_err());

        issuer.register_client("journal", "secret");
        let client = ClientAuthentication::secret_basic("journal", "secret");
        let verifier = IntrospectionVerifier::discover(&server, client, issuer.fetch()).await;
        let verifier = verifier.expect("an endpoint");
        let opaque = issuer.token(RESOURCE).opaque();
        assert!(ask(&verifier, &opaque).await.is_ok());
        issuer.revoke(&opaque);

        let other =
            JwtVerifier::builder(RESOURCE).issuer(jwt::Issuer::new("https://other.example"));
        let error = other
            .discover(issuer.fetch())
            .await
            .expect_err("another issuer");
        assert!(error.to_string().contains("and no other"), "{error}");
    }
}

/// Everything that a verifier remembers ends by the clock of the test.
#[tokio::test]
async fn the_clock_of_a_test_is_set_ahead() {
    let issuer = Issuer::start_as("https://auth.example.com")
        .await
        .expect("an issuer");
    let jwt = JwtVerifier::builder(RESOURCE).issuer(jwt::Issuer::new(issuer.url()));
    let jwt = jwt.discover(issuer.fetch()).await.expect("keys");
    let jwt = CachedVerifier::new(jwt);
    issuer.register_client("journal", "secret");
    let client = ClientAuthentication::secret_basic("journal", "secret");
    let opaque = IntrospectionVerifier::builder(RESOURCE, client).issuer(issuer.url());
    let opaque = opaque.discover(issuer.fetch()).await.expect("an endpoint");

    let token = issuer.token(RESOURCE).sign().expect("a key");
    let revoked = issuer.token(RESOURCE).opaque();
    assert!(ask(&jwt, &token).await.is_ok());
    assert!(ask(&opaque, &revoked).await.is_ok());
    let clock = Clock::start();
    issuer.revoke(&revoked);
    clock.advance(Duration::from_secs(30));
    assert!(ask(&opaque, &revoked).await.is_ok(), "it is cached");
    clock.advance(Duration::from_secs(31));
    assert!(ask(&opaque, &revoked).await.is_err(), "for a minute");

    let fetches = issuer.requests(Endpoint::Keys);
    clock.advance(Duration::from_secs(539));
    assert!(ask(&jwt, &token).await.is_ok());
    clock.advance(Duration::from_secs(31));
    let Err(VerifyTokenError::Invalid(rejection)) = ask(&jwt, &token).await else {
        panic!("it has expired, leeway included")
    };
    assert_eq!(*rejection, Rejection::Expired);
    let later = issuer.token(RESOURCE).sign().expect("a key");
    assert!(ask(&jwt, &later).await.is_ok());
    assert_eq!(
        issuer.requests(Endpoint::Keys),
        fetches + 1,
        "the keys were due"
    );
    drop(clock);
    assert!(ask(&jwt, &token).await.is_ok(), "the clock is right again");
}

#[tokio::test]
async fn it_is_gone_with_its_last_clone() {
    let issuer = Issuer::start().await.expect("a port");
    let metadata = format!("{}/.well-known/openid-configuration", issuer.url());
    let clone = issuer.clone();
    drop(issuer);
    let client = reqwest::Client::new();
    let answer = client.get(&metadata).send().await.expect("an answer");
    let document = answer.bytes().await.expect("a body");
    let document: Value = serde_json::from_slice(&document).expect("JSON");
    assert_eq!(document, clone.metadata());
    drop(clone);
    let fresh = reqwest::Client::new();
    assert!(fresh.get(&metadata).send().await.is_err());
}

/// Only requests refresh keys: an instance that got none for days stays ready for them.
#[tokio::test]
async fn an_idle_verifier_stays_ready() {
    let issuer = Issuer::start_as("https://auth.example.com")
        .await
        .expect("an issuer");
    let jwt = JwtVerifier::builder(RESOURCE).issuer(jwt::Issuer::new(issuer.url()));
    let jwt = jwt.discover(issuer.fetch()).await.expect("keys");
    let clock = Clock::start();
    clock.advance(Duration::from_hours(72));
    assert!(jwt.is_ready());
    let token = issuer.token(RESOURCE).sign().expect("a key");
    assert!(ask(&jwt, &token).await.is_ok(), "with keys of its own time");
}
