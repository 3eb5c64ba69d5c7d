//! Where an issuer's keys are found, and whose they are.

use std::time::Duration;

use futures::executor::block_on;
use scopes_core::ResourceServer;
use scopes_core::jwt::{Issuer, JwtVerifier};
use scopes_core::token::VerifyTokenError;
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, Site};
use serde_json::json;

use super::keys::{HOUR, ask_now, builder};

#[test]
fn keys_are_discovered_from_the_issuer() {
    let key = SigningKey::ed25519("1");
    let site = Site::with_keys(&[&key]);
    let server = ResourceServer::builder(RESOURCE)
        .authorization_server(ISSUER)
        .build()
        .expect("valid");
    let verifier = block_on(JwtVerifier::discover(&server, site.clone())).expect("keys are found");
    assert_eq!(site.asked(), 2, "the metadata and the keys");
    assert_eq!(ask_now(&verifier, &key.token()), Ok(()));
    assert_eq!(site.asked(), 2);
}

#[test]
fn openid_discovery_is_the_second_place_to_look() {
    let key = SigningKey::ed25519("1");
    for (issuer, place) in [
        (
            "https://auth.example.com",
            "https://auth.example.com/.well-known/openid-configuration",
        ),
        (
            "https://auth.example.com/t",
            "https://auth.example.com/.well-known/oauth-authorization-server/t",
        ),
        (
            "https://auth.example.com/t",
            "https://auth.example.com/.well-known/openid-configuration/t",
        ),
        (
            "https://auth.example.com/t",
            "https://auth.example.com/t/.well-known/openid-configuration",
        ),
        (
            "https://auth.example.com/t/",
            "https://auth.example.com/t/.well-known/openid-configuration",
        ),
    ] {
        let site = Site::default();
        site.publish_keys(&[&key]);
        site.publish(
            place,
            &json!({ "issuer": issuer, "jwks_uri": format!("{ISSUER}/jwks") }),
        );
        let builder = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(issuer));
        assert!(
            block_on(builder.discover(site)).is_ok(),
            "{issuer} at {place}"
        );
    }
}

#[test]
fn metadata_of_another_issuer_is_refused() {
    let key = SigningKey::ed25519("1");
    for named in [
        "https://evil.example",
        "https://auth.example.com/",
        "https://AUTH.example.com",
    ] {
        let site = Site::with_keys(&[&key]);
        let metadata = json!({ "issuer": named, "jwks_uri": format!("{ISSUER}/jwks") });
        site.publish(
            &format!("{ISSUER}/.well-known/oauth-authorization-server"),
            &metadata,
        );
        let error = block_on(builder().discover(site)).expect_err("another issuer");
        assert!(error.to_string().contains(named), "{error}");
    }
    let site = Site::with_keys(&[&key]);
    let metadata = json!({ "issuer": ISSUER, "jwks_uri": "http://evil.example/jwks" });
    site.publish(
        &format!("{ISSUER}/.well-known/oauth-authorization-server"),
        &metadata,
    );
    assert!(
        block_on(builder().discover(site)).is_err(),
        "keys that come over http"
    );
}

#[test]
fn an_issuer_that_is_down_at_the_start_is_an_error_or_a_503() {
    let key = SigningKey::ed25519("1");
    let site = Site::with_keys(&[&key]);
    site.shut_down();
    assert!(block_on(builder().discover(site.clone())).is_err());

    let verifier = builder()
        .unknown_key_interval(Duration::ZERO)
        .discover_lazily(site.clone())
        .expect("valid");
    assert!(matches!(
        ask_now(&verifier, &key.token()),
        Err(VerifyTokenError::Unavailable { .. })
    ));
    let metadata = json!({ "issuer": ISSUER, "jwks_uri": format!("{ISSUER}/jwks") });
    site.publish(
        &format!("{ISSUER}/.well-known/oauth-authorization-server"),
        &metadata,
    );
    site.publish_keys(&[&key]);
    assert_eq!(ask_now(&verifier, &key.token()), Ok(()));
}

#[test]
fn settings_that_cannot_be_are_refused_at_once() {
    let error = JwtVerifier::builder("")
        .leeway(HOUR)
        .timeout(Duration::ZERO)
        .issuer(Issuer::new("http://auth.example.com"))
        .issuer(Issuer::new(ISSUER).audience("").jwks_url("ftp://x"))
        .issuer(Issuer::new(ISSUER))
        .discover_lazily(Site::default())
        .expect_err("refused");
    assert_eq!(error.problems().len(), 7, "{error}");
    assert!(error.to_string().contains("`timeout`"), "{error}");
    for timeout in [Duration::MAX, Duration::from_secs(61)] {
        let error = builder().timeout(timeout);
        let error = error.discover_lazily(Site::default()).expect_err("refused");
        assert!(error.to_string().contains("`timeout`"), "{error}");
    }
    let error = builder().build().expect_err("no keys are given");
    assert!(error.to_string().contains("`discover`"), "{error}");
    assert!(JwtVerifier::builder(RESOURCE).build().is_err(), "no issuer");
}

/// Durations that mean "never" neither overflow nor end at once.
#[test]
fn the_longest_durations_are_valid() {
    let (key, new) = (SigningKey::ed25519("1"), SigningKey::ed25519("2"));
    let site = Site::with_keys(&[&key]);
    let verifier = builder()
        .keys_lifetime(Duration::from_secs(u64::MAX))
        .keys_max_age(Duration::MAX)
        .cooldown(Duration::MAX)
        .timeout(Duration::from_secs(60));
    let verifier = block_on(verifier.discover(site.clone())).expect("keys");
    assert_eq!(ask_now(&verifier, &key.token()), Ok(()));
    site.publish_keys(&[&key, &new]);
    assert_eq!(ask_now(&verifier, &new.token()), Ok(()));
    assert!(builder().leeway(Duration::MAX).build().is_err());
    let verifier = builder().unknown_key_interval(Duration::MAX);
    assert!(verifier.discover_lazily(site).is_err());
}
