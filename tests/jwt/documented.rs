//! Access tokens as providers describe them: each is accepted by its profile, and by the default profile
//! where that covers it.

use scopes_core::jwt::{Issuer, Profile};
use scopes_tests::documented::{self, Documented};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey};
use serde_json::{Value, json};

use super::kinds::{bare, profiles, sign, with};
use super::recorded::signed;
use super::{ask, verifier, verifier_with};

fn access_tokens() -> impl Iterator<Item = Documented> {
    let tokens = documented::tokens(ISSUER).into_iter();
    tokens.filter(|documented| documented.token.kind == "access")
}

#[test]
fn access_tokens_are_accepted_by_their_profile() {
    let key = SigningKey::ed25519("1");
    let default = verifier(&[&key]);
    let mut accepted = 0;
    for documented in access_tokens() {
        let token = signed(&key, &documented.token, &documented.token.claims);
        let by_default = ask(&default, &token).is_ok();
        assert_eq!(by_default, documented.by_default, "{documented:?}");
        for (name, profile) in profiles() {
            if name == "access_token" {
                continue;
            }
            let verifier = verifier_with(&[&key], |issuer| {
                let issuer = issuer.profile(profile);
                let audience = documented.audience.iter();
                audience.fold(issuer, Issuer::audience)
            });
            let is_accepted = ask(&verifier, &token).is_ok();
            match &documented.profile {
                Some(own) if own == name => assert!(is_accepted, "{documented:?}"),
                Some(_) => {}
                None => assert!(!is_accepted, "{name}: {documented:?}"),
            }
            accepted += usize::from(is_accepted);
        }
        let configured = documented.audience.is_some();
        assert!(!(configured && documented.by_default), "{documented:?}");
    }
    assert!(accepted > 15, "{accepted} were accepted");
}

/// What handlers see of the client and the scopes.
#[test]
fn the_client_and_the_scopes_are_read() {
    let key = SigningKey::ed25519("1");
    for (name, profile, client, scopes) in [
        (
            "entra: access token v1.0 of a user",
            Profile::entra_v1(),
            "11112222-bbbb-3333-cccc-4444dddd5555",
            "entries.read",
        ),
        (
            "zitadel: access token with a claim of an action",
            Profile::zitadel().scope_claims(["permitted"]),
            "69234237810729234",
            "entries:read",
        ),
        (
            "zitadel: access token",
            Profile::zitadel(),
            "69234237810729234",
            "",
        ),
    ] {
        let documented = access_tokens().find(|documented| documented.token.name == name);
        let documented = documented.expect("a token of this name");
        let audience = documented.audience.as_deref().expect("an audience");
        let verifier = verifier_with(&[&key], |issuer| issuer.profile(profile).audience(audience));
        let token = signed(&key, &documented.token, &documented.token.claims);
        let token = ask(&verifier, &token).expect("accepted");
        assert_eq!(token.client_id(), Some(client), "{name}");
        assert_eq!(token.scopes().as_str(), scopes, "{name}");
    }
}

/// The audience of an ID token is its client, which it need not name a second time.
#[test]
fn a_token_for_another_audience_names_its_client() {
    let key = SigningKey::ed25519("1");
    for (name, profile) in profiles() {
        // Rejected in any case, or by their own evidence.
        if ["at_jwt", "access_token"].contains(&name) {
            continue;
        }
        let names_it = name.starts_with("entra") || name == "cognito";
        let version = if name == "entra_v1" { "1.0" } else { "2.0" };
        let verifier = verifier_with(&[&key], |issuer| {
            issuer.profile(profile).audience("c").audience(RESOURCE)
        });
        let ask_about = |aud: Value, more: &Value| {
            let claims = with(
                &bare(),
                &json!({
                    "aud": aud, "jti": "1", "scope": "openid", "scp": ["openid"], "ver": version,
                    "token_use": (name == "cognito").then_some("access"),
                }),
            );
            ask(&verifier, &sign(&key, Some("JWT"), &with(&claims, more))).is_ok()
        };
        for (aud, more, expected) in [
            (json!("c"), json!({}), names_it),
            (json!(["c"]), json!({}), names_it),
            (json!(["c", "d"]), json!({}), names_it),
            (
                json!("c"),
                json!({ "client_id": null, "azp": [] }),
                names_it,
            ),
            (json!("c"), json!({ "appid": "c" }), names_it),
            (json!("c"), json!({ "appid": "d" }), true),
            (json!("c"), json!({ "cid": "d" }), true),
            (json!(["c", RESOURCE]), json!({}), true),
            (json!(RESOURCE), json!({}), true),
        ] {
            assert_eq!(
                ask_about(aud.clone(), &more),
                expected,
                "{name}: {aud} {more}"
            );
        }
    }
}

/// ID tokens of Zitadel name their client and have the same audience. They lack `jti`.
#[test]
fn an_id_token_of_zitadel_has_no_jti() {
    let key = SigningKey::ed25519("1");
    let zitadel = verifier_with(&[&key], |issuer| {
        let profile = Profile::zitadel().scope_claims(["permitted"]);
        issuer.profile(profile).audience("project")
    });
    let claims =
        json!({ "aud": ["c", "project"], "client_id": "c", "permitted": ["entries:read"] });
    for (more, expected) in [
        (json!({ "jti": "1" }), true),
        (json!({ "jti": "1", "azp": "c" }), true),
        (json!({}), false),
        (json!({ "jti": null }), false),
        (json!({ "azp": "c" }), false),
        (json!({ "jti": "1", "at_hash": "h" }), false),
        (json!({ "jti": "1", "nonce": "n" }), false),
        (json!({ "jti": "1", "aud": "c" }), false),
        (json!({ "jti": "1", "client_id": "project" }), false),
    ] {
        let claims = with(&bare(), &with(&claims, &more));
        let token = sign(&key, Some("JWT"), &claims);
        assert_eq!(ask(&zitadel, &token).is_ok(), expected, "{more}");
    }
}
