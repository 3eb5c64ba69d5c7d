//! Fetched keys: rotated, looked for, and kept when the issuer is down.

use std::time::Duration;

use futures::executor::block_on;
use futures::future::join_all;
use scopes_core::cache::CachedVerifier;
use scopes_core::fetch::{FetchError, FetchResponse};
use scopes_core::jwt::{Issuer, JwtVerifier, JwtVerifierBuilder, Profile};
use scopes_core::token::{verify, verify_at_once};
use scopes_core::{AuthorizeError, InvalidToken, PresentedToken, TokenVerifier};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, Site, claims};
use serde_json::json;

const REFUSED: Result<(), AuthorizeError> =
    Err(AuthorizeError::InvalidToken(InvalidToken::Rejected));
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

pub(crate) fn builder() -> JwtVerifierBuilder {
    JwtVerifier::builder(RESOURCE).issuer(Issuer::new(ISSUER))
}

fn discovered(builder: JwtVerifierBuilder, site: &Site) -> JwtVerifier<Site> {
    block_on(builder.discover(site.clone())).expect("keys are found")
}

async fn ask<V: TokenVerifier>(verifier: &V, token: &str) -> Result<(), AuthorizeError> {
    let header = format!("Bearer {token}");
    let token = PresentedToken::from_authorization([&header])
        .expect("well-formed")
        .expect("a token");
    verify(verifier, token)
        .await
        .map(drop)
        .map_err(AuthorizeError::from)
}

pub(crate) fn ask_now<V: TokenVerifier>(verifier: &V, token: &str) -> Result<(), AuthorizeError> {
    block_on(ask(verifier, token))
}

#[test]
fn a_new_key_is_fetched_when_a_token_names_it() {
    let (old, new) = (SigningKey::ed25519("1"), SigningKey::p256("2"));
    let site = Site::with_keys(&[&old]);
    let verifier = discovered(builder().unknown_key_interval(Duration::ZERO), &site);
    site.publish_keys(&[&old, &new]);
    assert_eq!(ask_now(&verifier, &new.token()), Ok(()));
    assert_eq!(ask_now(&verifier, &old.token()), Ok(()));
    assert_eq!(site.asked(), 3, "the keys once more, the metadata not");
}

#[test]
fn made_up_key_ids_cost_one_fetch_in_an_interval() {
    let key = SigningKey::ed25519("1");
    let site = Site::with_keys(&[&key]);
    let interval = Duration::from_millis(300);
    let verifier = discovered(builder().unknown_key_interval(interval), &site);
    std::thread::sleep(Duration::from_millis(310));
    let asked = site.asked();
    let stranger = |number: usize| {
        let mut header = key.header();
        header["kid"] = format!("made-up-{number}").into();
        key.sign(&header, &claims())
    };
    let tokens: Vec<_> = (0..10_000).map(stranger).collect();
    let start = std::time::Instant::now();
    let answers = block_on(join_all(tokens.iter().map(|token| ask(&verifier, token))));
    let unavailable = |answer: &_| matches!(answer, Err(AuthorizeError::Unavailable { retry_after }) if *retry_after == Duration::from_secs(1));
    assert!(
        answers
            .iter()
            .all(|answer| *answer == REFUSED || unavailable(answer))
    );
    let intervals = start.elapsed().as_millis() / interval.as_millis() + 1;
    // The first fetch that brings no new key reads the metadata again.
    let fetches = (site.asked() - asked - 1) as u128;
    assert!(
        (1..=intervals).contains(&fetches),
        "{fetches} fetches in {intervals} intervals"
    );
    assert_eq!(ask_now(&verifier, &key.token()), Ok(()));
}

#[test]
fn requests_that_are_given_up_do_not_fetch_without_end() {
    let key = SigningKey::ed25519("1");
    let site = Site::with_keys(&[&key]);
    let verifier = builder()
        .cooldown(HOUR)
        .discover_lazily(site.clone())
        .expect("valid settings");
    let header = format!("Bearer {}", key.token());
    let token = PresentedToken::from_authorization([&header])
        .expect("well-formed")
        .expect("a token");
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for _ in 0..100 {
        let mut given_up = Box::pin(verify(&verifier, token));
        let _ = given_up.as_mut().poll(&mut context);
    }
    // Each goes on with what the one before has begun.
    assert_eq!(ask_now(&verifier, &key.token()), Ok(()));
    assert_eq!(site.asked(), 2, "the metadata and the keys");
}

#[test]
fn known_keys_work_while_the_issuer_is_down() {
    let (old, new) = (SigningKey::ed25519("1"), SigningKey::ed25519("2"));
    let site = Site::with_keys(&[&old]);
    let verifier = discovered(
        builder()
            .unknown_key_interval(Duration::ZERO)
            .keys_lifetime(Duration::ZERO),
        &site,
    );
    site.shut_down();
    for _ in 0..3 {
        assert_eq!(ask_now(&verifier, &old.token()), Ok(()));
        // Nobody can say that the issuer has no such key.
        let answer = ask_now(&verifier, &new.token());
        assert!(matches!(answer, Err(AuthorizeError::Unavailable { .. })));
    }
}

#[test]
fn answers_that_are_no_keys_leave_the_known_ones() {
    let key = SigningKey::ed25519("1");
    let site = Site::with_keys(&[&key]);
    let verifier = discovered(
        builder()
            .unknown_key_interval(Duration::ZERO)
            .keys_lifetime(Duration::ZERO),
        &site,
    );
    let body = |text: &str| Ok(FetchResponse::new(200, text.as_bytes()));
    for answer in [
        Ok(FetchResponse::new(500, Vec::new())),
        Ok(FetchResponse::new(302, Vec::new())),
        body(""),
        body("<html>"),
        body("{}"),
        body(r#"{"keys":{}}"#),
        body(&format!(r#"{{"keys":[{}]}}"#, " ".repeat(300 * 1024))),
        Err(FetchError::new("timeout")),
    ] {
        site.answer(&format!("{ISSUER}/jwks"), answer.clone());
        assert_eq!(ask_now(&verifier, &key.token()), Ok(()), "{answer:?}");
    }
}

#[test]
fn one_key_that_cannot_be_read_does_not_hide_the_others() {
    let key = SigningKey::p256("1");
    let site = Site::with_keys(&[]);
    site.publish(
        &format!("{ISSUER}/jwks"),
        &json!({ "keys": [
            { "kty": "RSA", "kid": "broken" },
            { "kty": "unheard of", "kid": "x" },
            7,
            { "kty": "EC", "crv": "P-256", "x": "!", "y": "!", "kid": "y" },
            key.jwk(),
        ] }),
    );
    let verifier = discovered(builder(), &site);
    assert_eq!(ask_now(&verifier, &key.token()), Ok(()));
}

#[test]
fn keys_for_other_uses_verify_nothing() {
    let key = SigningKey::p256("1");
    for (name, value) in [
        ("use", json!("enc")),
        ("alg", json!("ES384")),
        ("alg", json!("HS256")),
        ("alg", json!("RSA-OAEP")),
        ("key_ops", json!(["sign"])),
        ("crv", json!("P-384")),
    ] {
        let other = SigningKey::ed25519("other");
        let mut jwk = key.jwk();
        jwk[name] = value.clone();
        let site = Site::with_keys(&[]);
        site.publish(
            &format!("{ISSUER}/jwks"),
            &json!({ "keys": [jwk, other.jwk()] }),
        );
        let verifier = discovered(builder(), &site);
        assert_eq!(ask_now(&verifier, &key.token()), REFUSED, "{name}: {value}");
        assert_eq!(ask_now(&verifier, &other.token()), Ok(()));
    }
}

#[test]
fn requests_wait_for_one_fetch() {
    let key = SigningKey::ed25519("1");
    let site = Site::with_keys(&[&key]);
    let verifier = builder()
        .discover_lazily(site.clone())
        .expect("valid settings");
    let tokens: Vec<_> = (0..100).map(|_| key.token()).collect();
    let answers = block_on(join_all(tokens.iter().map(|token| ask(&verifier, token))));
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(site.asked(), 2, "the metadata and the keys");
}

#[test]
fn a_key_that_has_gone_takes_remembered_tokens_along() {
    let (old, new) = (SigningKey::ed25519("1"), SigningKey::ed25519("2"));
    let site = Site::with_keys(&[&old]);
    let verifier = discovered(builder().unknown_key_interval(Duration::ZERO), &site);
    let cached = CachedVerifier::new(verifier);
    let token = old.token();
    assert_eq!(ask_now(&cached, &token), Ok(()));
    assert_eq!(cached.len(), 1);

    site.publish_keys(&[&new]);
    assert_eq!(ask_now(&cached, &token), Ok(()), "nobody has noticed yet");
    assert_eq!(
        ask_now(&cached, &new.token()),
        Ok(()),
        "this fetches the keys"
    );
    assert_eq!(ask_now(&cached, &token), REFUSED);
}

#[test]
fn old_keys_are_looked_at_anew_by_one_request_while_others_go_on() {
    let (old, new) = (SigningKey::ed25519("1"), SigningKey::ed25519("2"));
    let site = Site::with_keys(&[&old]);
    let verifier = discovered(
        builder()
            .unknown_key_interval(Duration::ZERO)
            .keys_lifetime(Duration::from_millis(50)),
        &site,
    );
    std::thread::sleep(Duration::from_millis(60));
    site.publish_keys(&[&new]);
    let header = format!("Bearer {}", old.token());
    let token = PresentedToken::from_authorization([&header])
        .expect("well-formed")
        .expect("a token");
    assert!(
        verify_at_once(&verifier, token).is_none(),
        "the first has to see to it"
    );
    assert!(
        block_on(verify(&verifier, token)).is_err(),
        "and finds that the key has gone"
    );
}

#[test]
fn each_issuer_has_its_own_keys_and_audience() {
    const OTHER: &str = "https://other.example.com";
    let (ours, theirs) = (SigningKey::ed25519("1"), SigningKey::ed25519("1"));
    let site = Site::with_keys(&[&ours]);
    site.publish(&format!("{OTHER}/keys"), &json!({ "keys": [theirs.jwk()] }));
    let other = Issuer::new(OTHER)
        .jwks_url(format!("{OTHER}/keys"))
        .profile(Profile::at_jwt())
        .audience("other-audience");
    let verifier = discovered(builder().issuer(other), &site);
    let token = |key: &SigningKey, issuer: &str, audience: &str| {
        let mut claims = claims();
        claims["iss"] = issuer.into();
        claims["aud"] = audience.into();
        key.sign(&key.header(), &claims)
    };
    assert_eq!(ask_now(&verifier, &token(&ours, ISSUER, RESOURCE)), Ok(()));
    assert_eq!(
        ask_now(&verifier, &token(&theirs, OTHER, "other-audience")),
        Ok(())
    );
    for (key, issuer, audience) in [
        (&theirs, ISSUER, RESOURCE),
        (&ours, OTHER, "other-audience"),
        (&ours, ISSUER, "other-audience"),
        (&theirs, OTHER, RESOURCE),
    ] {
        assert_eq!(ask_now(&verifier, &token(key, issuer, audience)), REFUSED);
    }
}
