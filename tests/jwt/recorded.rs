//! Tokens that real authorization servers issued: access tokens for this resource are accepted, and
//! no other kind of token is; nor is one that a provider's documentation describes.

use scopes_core::jwt::{Issuer, Profile};
use scopes_tests::documented;
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, now_plus};
use scopes_tests::recorded::{self, Recorded};
use serde_json::{Value, json};

use super::kinds::profiles;
use super::{ask, verifier, verifier_with};

pub(super) fn signed(key: &SigningKey, token: &Recorded, claims: &Value) -> String {
    let mut header = key.header();
    let members = header.as_object_mut().expect("an object");
    match &token.typ {
        Some(typ) => members.insert("typ".to_owned(), json!(typ)),
        None => members.remove("typ"),
    };
    key.sign(&header, claims)
}

fn of_kind(is_access_token: bool) -> impl Iterator<Item = Recorded> {
    let tokens = recorded::tokens(ISSUER).into_iter();
    tokens.filter(move |token| (token.kind == "access") == is_access_token)
}

/// ID tokens and refresh tokens, recorded and documented.
fn other_kinds() -> impl Iterator<Item = Recorded> {
    let documented = documented::tokens(ISSUER).into_iter();
    let documented = documented.map(|documented| documented.token);
    of_kind(false).chain(documented.filter(|token| token.kind != "access"))
}

#[test]
fn access_tokens_for_the_resource_are_accepted() {
    let key = SigningKey::ed25519("1");
    let by_default = verifier(&[&key]);
    let keycloak = verifier_with(&[&key], |issuer| issuer.profile(Profile::keycloak()));
    let mut accepted = 0;
    for token in of_kind(true) {
        let jwt = signed(&key, &token, &token.claims);
        let is_there = |name: &&str| token.claims.get(*name).is_some();
        let is_complete = ["sub", "client_id", "iat", "jti"].iter().all(is_there);
        let is_ours = token.is_ours();
        let has_its_type = token.typ.as_deref() != Some("at+jwt") || is_complete;
        assert_eq!(
            ask(&by_default, &jwt).is_ok(),
            is_ours && has_its_type,
            "{token:?}"
        );
        assert_eq!(ask(&keycloak, &jwt).is_ok(), is_ours, "{token:?}");
        accepted += usize::from(is_ours);
    }
    assert!(accepted > 10, "{accepted} were for the resource");
}

#[test]
fn other_kinds_are_rejected_under_every_profile() {
    let key = SigningKey::ed25519("1");
    let mut rejected = 0;
    for token in other_kinds() {
        let own = token.claims["aud"].clone();
        let mut audiences = vec![own.clone()];
        // With a scope claim, an unmarked ID token for the resource is the known limit of the profiles.
        if token.kind != "id" || token.claims["scope"].is_null() {
            audiences.extend([json!(RESOURCE), json!([own, RESOURCE])]);
        }
        for audience in audiences {
            let mut claims = token.claims.clone();
            claims["aud"] = audience;
            // Keycloak's offline tokens don't expire.
            claims["exp"] = json!(now_plus(300));
            let jwt = signed(&key, &token, &claims);
            for (name, profile) in profiles() {
                // As lenient as the settings can be.
                let verifier = verifier_with(&[&key], |issuer| {
                    let issuer = issuer.insecure_accept_missing_audience();
                    let own = own.as_str().filter(|_| name != "access_token");
                    let issuer = own.map_or(issuer.clone(), |own| issuer.audience(own));
                    issuer.profile(profile)
                });
                assert!(ask(&verifier, &jwt).is_err(), "{name}: {token:?}");
                rejected += 1;
            }
        }
        // The name of the profile that accepts them says so.
        let any = verifier_with(&[&key], |issuer| {
            issuer
                .profile(Profile::insecure_any_jwt())
                .audience(RESOURCE)
        });
        let mut claims = token.claims.clone();
        claims["aud"] = json!(RESOURCE);
        claims["exp"] = json!(now_plus(300));
        assert!(ask(&any, &signed(&key, &token, &claims)).is_ok());
    }
    assert!(rejected > 500, "{rejected} were rejected");
    for token in documented::opaque() {
        for (name, profile) in profiles() {
            let verifier = verifier_with(&[&key], |issuer| {
                issuer.insecure_accept_missing_audience().profile(profile)
            });
            assert!(ask(&verifier, &token).is_err(), "{name}: {token}");
        }
    }
}

/// Hydra's tokens without a resource have the audience `[]`, and Keycloak's without a mapper none.
#[test]
fn tokens_without_an_audience_take_a_setting() {
    let key = SigningKey::ed25519("1");
    let lenient = verifier_with(&[&key], Issuer::insecure_accept_missing_audience);
    let mut accepted = Vec::new();
    for token in of_kind(true) {
        let is_missing =
            matches!(&token.claims["aud"], Value::Null) || token.claims["aud"] == json!([]);
        if is_missing && ask(&lenient, &signed(&key, &token, &token.claims)).is_ok() {
            accepted.push(token.name);
        }
    }
    let of = |server: &str| {
        accepted
            .iter()
            .filter(|name| name.starts_with(server))
            .count()
    };
    assert_eq!((of("hydra"), of("keycloak")), (3, 2), "{accepted:?}");
    assert_eq!(accepted.len(), 5, "{accepted:?}");
}
