//! Access tokens and what is signed by the same keys: each other kind is rejected, by its header or by
//! its claims.

use std::sync::Arc;

use scopes_core::jwt::{Issuer, JwtVerifier, Profile};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, now_plus};
use serde_json::{Value, json};

use super::{REFUSED, ask, verifier, verifier_with};

/// Every profile but the insecure one.
pub(super) fn profiles() -> Vec<(&'static str, Profile)> {
    vec![
        ("at_jwt", Profile::at_jwt()),
        ("access_token", Profile::access_token()),
        ("keycloak", Profile::keycloak()),
        ("auth0", Profile::auth0()),
        ("okta", Profile::okta()),
        ("entra", Profile::entra()),
        ("entra_v1", Profile::entra_v1()),
        ("cognito", Profile::cognito()),
        ("zitadel", Profile::zitadel()),
    ]
}

/// The `ver` that the profile requires, if it is one of Entra ID.
fn version(name: &str) -> &'static str {
    if name == "entra_v1" { "1.0" } else { "2.0" }
}

/// Claims without any that says what kind of token they are of.
pub(super) fn bare() -> Value {
    json!({ "iss": ISSUER, "aud": RESOURCE, "exp": now_plus(300), "sub": "ada" })
}

pub(super) fn with(claims: &Value, more: &Value) -> Value {
    let mut claims = claims.clone();
    for (name, value) in more.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    claims
}

pub(super) fn sign(key: &SigningKey, typ: Option<&str>, claims: &Value) -> String {
    let mut header = json!({ "alg": key.algorithm(), "kid": "1" });
    if let Some(typ) = typ {
        header["typ"] = json!(typ);
    }
    key.sign(&header, claims)
}

fn with_profile(key: &SigningKey, profile: Profile) -> Arc<JwtVerifier> {
    verifier_with(&[key], |issuer| issuer.profile(profile))
}

#[test]
fn the_default_takes_untyped_tokens_on_evidence() {
    let key = SigningKey::ed25519("1");
    let verifier = verifier(&[&key]);
    let strict = with_profile(&key, Profile::at_jwt());
    for typ in [Some("JWT"), Some("jwt"), None] {
        for (more, is_valid) in [
            (json!({ "scope": "entries:read" }), true),
            (json!({ "scope": "" }), true),
            (json!({ "scp": ["entries:read"] }), true),
            (json!({ "client_id": "c" }), true),
            (json!({ "cid": "c" }), true),
            (json!({ "typ": "Bearer" }), true),
            (json!({ "token_use": "access" }), true),
            (json!({ "typ": "Bearer", "nonce": "n" }), true),
            (json!({ "token_use": "access", "nonce": "n" }), true),
            (json!({ "azp": "c", "scope": "entries:read" }), true),
            // No evidence.
            (json!({}), false),
            (json!({ "azp": "c" }), false),
            (json!({ "scope": null, "client_id": null }), false),
            (json!({ "scope": [], "scp": [] }), false),
            (json!({ "client_id": 7 }), false),
            (json!({ "token_type": "Bearer" }), false),
            (
                json!({ "roles": ["admin"], "permissions": ["admin"] }),
                false,
            ),
            // An audience that is the token's own client.
            (json!({ "scope": "a", "azp": RESOURCE }), false),
            (json!({ "scope": "a", "client_id": RESOURCE }), false),
            (json!({ "scope": "a", "cid": RESOURCE }), false),
            (
                json!({ "scope": "a", "azp": RESOURCE, "aud": [RESOURCE, "account"] }),
                false,
            ),
            (
                json!({ "typ": "Bearer", "azp": "c", "client_id": RESOURCE }),
                false,
            ),
            // An audience that is another.
            (json!({ "scope": "a", "aud": "c" }), false),
            (json!({ "scope": "a", "aud": [] }), false),
            (json!({ "scope": "a", "aud": null }), false),
        ] {
            let token = sign(&key, typ, &with(&bare(), &more));
            assert_eq!(ask(&verifier, &token).is_ok(), is_valid, "{typ:?} {more}");
            assert_eq!(ask(&strict, &token), Err(REFUSED), "{typ:?} {more}");
        }
    }
}

#[test]
fn the_default_takes_typed_tokens_as_rfc_9068_demands() {
    let key = SigningKey::ed25519("1");
    let full = with(
        &bare(),
        &json!({ "client_id": "c", "iat": now_plus(-1), "jti": "1", "typ": "Bearer" }),
    );
    for profile in [Profile::access_token(), Profile::at_jwt()] {
        let verifier = with_profile(&key, profile);
        for typ in ["at+jwt", "application/at+jwt", "AT+JWT"] {
            assert!(ask(&verifier, &sign(&key, Some(typ), &full)).is_ok());
            let with_nonce = with(&full, &json!({ "nonce": "n", "typ": null }));
            assert!(ask(&verifier, &sign(&key, Some(typ), &with_nonce)).is_ok());
            for name in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
                let token = sign(&key, Some(typ), &with(&full, &json!({ name: null })));
                assert_eq!(ask(&verifier, &token), Err(REFUSED), "{name}");
            }
        }
    }
    // Keycloak's `at+jwt` has no `client_id`, and its lightweight tokens have no `sub`.
    let keycloak = with_profile(&key, Profile::keycloak());
    for name in ["sub", "client_id", "iat", "jti"] {
        let token = sign(&key, Some("at+jwt"), &with(&full, &json!({ name: null })));
        assert!(ask(&keycloak, &token).is_ok(), "{name}");
    }
}

/// Claims that would pass but for what marks them, under each profile.
#[test]
fn marks_of_other_kinds_are_rejected_under_every_profile() {
    let key = SigningKey::ed25519("1");
    let access = with(
        &bare(),
        &json!({
            "aud": [RESOURCE, "c"], "scope": "entries:read", "scp": ["entries:read"], "azp": "a",
            "client_id": "c", "iat": now_plus(-1), "jti": "1", "token_use": "access",
        }),
    );
    for (name, profile) in profiles() {
        let verifier = verifier_with(&[&key], |issuer| match name {
            "cognito" => issuer.profile(profile).audience("c"),
            _ => issuer.profile(profile),
        });
        let typ = if name == "at_jwt" { "at+jwt" } else { "JWT" };
        let access = with(&access, &json!({ "ver": version(name) }));
        let ask_about = |more: &Value| ask(&verifier, &sign(&key, Some(typ), &with(&access, more)));
        assert!(ask_about(&json!({})).is_ok(), "{name}");
        for mark in [
            json!({ "typ": "ID" }),
            json!({ "typ": "Refresh" }),
            json!({ "typ": "Offline" }),
            json!({ "typ": "Logout" }),
            json!({ "typ": "DPoP" }),
            json!({ "typ": "JWT" }),
            json!({ "typ": ["Bearer"] }),
            json!({ "token_use": "id" }),
            json!({ "token_use": "refresh" }),
            json!({ "token_use": true }),
            json!({ "token_type": "refresh_token" }),
            json!({ "token_type": "id_token" }),
            json!({ "at_hash": "x" }),
            json!({ "c_hash": "x" }),
            json!({ "s_hash": "x" }),
            json!({ "events": {} }),
            json!({ "events": { "http://schemas.openid.net/event/backchannel-logout": {} } }),
            json!({ "token_introspection": { "active": true } }),
        ] {
            assert_eq!(ask_about(&mark), Err(REFUSED), "{name}: {mark}");
        }
    }
}

#[test]
fn other_jwts_of_the_same_issuer_are_rejected() {
    let key = SigningKey::ed25519("1");
    let iat = now_plus(-1);
    let ours = |more: &Value| with(&bare(), &with(&json!({ "iat": iat, "jti": "1" }), more));
    let id_token = ours(&json!({ "aud": [RESOURCE, "c"], "azp": "c", "scope": "openid" }));
    let logout = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    let table = [
        (
            "ID token with nonce",
            "JWT",
            with(&id_token, &json!({ "nonce": "n" })),
        ),
        (
            "ID token with at_hash",
            "JWT",
            with(&id_token, &json!({ "at_hash": "h" })),
        ),
        (
            "ID token without scope",
            "JWT",
            with(&id_token, &json!({ "scope": null })),
        ),
        (
            "ID token of the resource as a client",
            "JWT",
            ours(&json!({ "azp": RESOURCE, "scope": "openid" })),
        ),
        (
            "logout token",
            "logout+jwt",
            ours(&json!({ "events": logout, "sid": "s" })),
        ),
        (
            "untyped logout token",
            "JWT",
            ours(&json!({ "events": logout, "client_id": "c" })),
        ),
        (
            "signed introspection answer",
            "token-introspection+jwt",
            ours(&json!({ "token_introspection": { "active": true, "scope": "entries:read" } })),
        ),
        (
            "untyped introspection answer",
            "JWT",
            ours(&json!({ "token_introspection": { "active": true }, "client_id": "c" })),
        ),
        (
            "security event",
            "secevent+jwt",
            ours(&json!({ "events": {}, "client_id": "c" })),
        ),
        (
            "client assertion",
            "JWT",
            ours(&json!({ "iss": "c", "sub": "c", "aud": ISSUER })),
        ),
        (
            "client assertion for us",
            "client-authentication+jwt",
            ours(&json!({ "client_id": "c" })),
        ),
        (
            "ID-JAG",
            "oauth-id-jag+jwt",
            ours(&json!({ "client_id": "c", "scope": "entries:read" })),
        ),
        (
            "ID-JAG for its server",
            "oauth-id-jag+jwt",
            ours(
                &json!({ "aud": "https://other.example", "client_id": "c", "resource": RESOURCE }),
            ),
        ),
    ];
    for (profile_name, profile) in profiles() {
        let verifier = with_profile(&key, profile);
        for (name, typ, claims) in &table {
            let token = sign(&key, Some(typ), claims);
            assert_eq!(
                ask(&verifier, &token),
                Err(REFUSED),
                "{profile_name}: {name}"
            );
        }
    }
}

/// The documented limit of the default profile, which `at_jwt` does not have.
#[test]
fn an_unmarked_id_token_with_a_scope_is_taken_by_the_default_alone() {
    let key = SigningKey::ed25519("1");
    let unmarked = with(
        &bare(),
        &json!({ "aud": [RESOURCE, "c"], "azp": "c", "scope": "openid", "auth_time": 1 }),
    );
    let token = sign(&key, Some("JWT"), &unmarked);
    assert!(ask(&verifier(&[&key]), &token).is_ok());
    assert_eq!(
        ask(&with_profile(&key, Profile::at_jwt()), &token),
        Err(REFUSED)
    );
}

#[test]
fn another_audience_takes_another_profile() {
    let build = |settings: fn(Issuer) -> Issuer| {
        let key = SigningKey::ed25519("1");
        let keys = serde_json::from_value(json!({ "keys": [key.jwk()] })).expect("a key set");
        let issuer = settings(Issuer::new(ISSUER).jwks(keys));
        JwtVerifier::builder(RESOURCE).issuer(issuer).build()
    };
    let error = build(|issuer| issuer.audience("journal")).expect_err("the default");
    assert_eq!(
        error.problems()[0].to_string(),
        format!(
            "`Issuer::audience`: {ISSUER:?} has the audience \"journal\", which is not the resource, and the \
             profile `access_token`; set `Profile::at_jwt()` or the provider's profile, such as \
             `Profile::okta()`"
        )
    );
    let both = build(|issuer| issuer.audience(RESOURCE).audience("journal"));
    assert!(both.is_err());
    assert!(build(|issuer| issuer.audience(RESOURCE)).is_ok());
    assert!(build(|issuer| issuer.audience("a").profile(Profile::at_jwt())).is_ok());
    assert!(build(|issuer| issuer.audience("a").profile(Profile::okta())).is_ok());
    assert!(build(|issuer| issuer.audience("a").profile(Profile::insecure_any_jwt())).is_ok());
}

#[test]
fn a_missing_audience_takes_a_setting() {
    let key = SigningKey::ed25519("1");
    for (name, profile) in profiles() {
        if name == "cognito" {
            continue; // Its audience is the client.
        }
        let strict = with_profile(&key, profile.clone());
        let lenient = verifier_with(&[&key], |issuer| {
            issuer.profile(profile).insecure_accept_missing_audience()
        });
        for (audience, is_missing) in [
            (Value::Null, true),
            (json!([]), true),
            (json!(""), false),
            (json!([null]), false),
            (json!("https://other.example"), false),
        ] {
            let claims = with(
                &bare(),
                &json!({
                    "aud": audience, "client_id": "c", "iat": now_plus(-1), "jti": "1",
                    "ver": version(name),
                }),
            );
            let token = sign(&key, Some("at+jwt"), &claims);
            assert_eq!(ask(&strict, &token), Err(REFUSED), "{name}: {audience}");
            assert_eq!(
                ask(&lenient, &token).is_ok(),
                is_missing,
                "{name}: {audience}"
            );
        }
    }
}
