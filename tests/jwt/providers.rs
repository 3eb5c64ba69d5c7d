//! What tells the tokens of one provider apart: shapes from its documentation, and the neighbours of
//! each that must not pass.

use std::sync::Arc;

use scopes_core::jwt::{Issuer, JwtVerifier, Profile};
use scopes_tests::issuer::{RESOURCE, SigningKey};
use serde_json::{Value, json};

use super::kinds::{bare, profiles, sign, with};
use super::{REFUSED, ask, verifier_with};

/// Asks about a token of the type `JWT` with these claims beside `iss`, `sub` and `exp`.
fn is_accepted(key: &SigningKey, verifier: &Arc<JwtVerifier>, claims: &Value) -> bool {
    let token = sign(key, Some("JWT"), &with(&bare(), claims));
    match ask(verifier, &token) {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error, REFUSED, "{claims}");
            false
        }
    }
}

/// A client that asks for a resource gets an `aud` (RFC 8707), other clients get none.
#[test]
fn an_audience_of_cognito_is_compared_where_there_is_one() {
    let key = SigningKey::ed25519("1");
    let with_settings = |settings: fn(Issuer) -> Issuer| {
        verifier_with(&[&key], |issuer| {
            settings(issuer.profile(Profile::cognito()))
        })
    };
    let stock = with_settings(|issuer| issuer);
    let by_client = with_settings(|issuer| issuer.audience("7k1"));
    let by_identifier = with_settings(|issuer| issuer.audience("journal"));
    let lenient = with_settings(|issuer| issuer.audience("7k1").insecure_accept_missing_audience());
    let other = "https://other.example/mcp";
    for (aud, client_id, expected) in [
        // `aud` decides, from whichever client.
        (json!(RESOURCE), json!("7k1"), [true, true, true, true]),
        (json!([RESOURCE]), json!("7k1"), [true, true, true, true]),
        (
            json!([other, RESOURCE]),
            json!("9x2"),
            [true, true, true, true],
        ),
        (json!("journal"), json!("9x2"), [false, false, true, false]),
        (json!(other), json!("7k1"), [false, false, false, false]),
        (
            json!([other]),
            json!(RESOURCE),
            [false, false, false, false],
        ),
        (json!(""), json!("7k1"), [false, false, false, false]),
        (json!(7), json!("7k1"), [false, false, false, false]),
        (json!({}), json!("7k1"), [false, false, false, false]),
        // Without it, the client does.
        (Value::Null, json!("7k1"), [false, true, false, true]),
        (json!([]), json!("7k1"), [false, true, false, true]),
        (Value::Null, json!("9x2"), [false, false, false, false]),
        (Value::Null, Value::Null, [false, false, false, true]),
    ] {
        let claims = json!({
            "aud": aud, "client_id": client_id, "token_use": "access", "version": 2,
            "scope": "journal/entries.read", "username": "ada",
        });
        let verifiers = [&stock, &by_client, &by_identifier, &lenient];
        let accepted = verifiers.map(|verifier| is_accepted(&key, verifier, &claims));
        assert_eq!(accepted, expected, "{claims}");
        let id_token = with(&claims, &json!({ "token_use": "id", "client_id": null }));
        for verifier in verifiers {
            assert!(!is_accepted(&key, verifier, &id_token), "{id_token}");
        }
    }
}

/// With role-based access control, `permissions` may be there without `scope`; machines have `gty`.
#[test]
fn an_access_token_of_auth0_needs_no_scope() {
    let key = SigningKey::ed25519("1");
    let verifier = |profile: Profile| verifier_with(&[&key], |issuer| issuer.profile(profile));
    let auth0 = verifier(Profile::auth0());
    let by_permissions = verifier(Profile::auth0().scope_claims(["permissions"]));
    for (claims, expected) in [
        (json!({ "azp": "c", "permissions": ["entries:read"] }), true),
        (json!({ "permissions": ["entries:read"] }), true),
        (json!({ "azp": "c", "gty": "client-credentials" }), true),
        // Nothing that an ID token could not have.
        (json!({ "azp": "c", "permissions": [] }), false),
        (
            json!({ "azp": "c", "permissions": { "entries:read": true } }),
            false,
        ),
        (json!({ "azp": "c", "org_id": "o", "sid": "s" }), false),
        (json!({ "azp": "c", "roles": ["admin"] }), false),
        // ID tokens: for the client, or marked.
        (
            json!({ "aud": "c", "permissions": ["entries:read"] }),
            false,
        ),
        (
            json!({ "azp": RESOURCE, "permissions": ["entries:read"] }),
            false,
        ),
        (
            json!({ "permissions": ["entries:read"], "nonce": "n" }),
            false,
        ),
        (
            json!({ "permissions": ["entries:read"], "at_hash": "h" }),
            false,
        ),
    ] {
        assert_eq!(is_accepted(&key, &auth0, &claims), expected, "{claims}");
        let accepted = is_accepted(&key, &by_permissions, &claims);
        assert_eq!(accepted, expected, "{claims}");
    }
    let claims = with(&bare(), &json!({ "permissions": ["entries:read"] }));
    let token = ask(&by_permissions, &sign(&key, Some("JWT"), &claims)).expect("accepted");
    assert_eq!(token.scopes().as_str(), "entries:read");
}

/// Where the author reads scopes from a claim, its presence is as good as that of `scope`.
#[test]
fn a_configured_scope_claim_is_evidence() {
    let key = SigningKey::ed25519("1");
    for (name, profile) in profiles() {
        let verifier = |profile: Profile| verifier_with(&[&key], |issuer| issuer.profile(profile));
        let stock = verifier(profile.clone());
        let configured = verifier(profile.scope_claims(["scope", "roles"]));
        let ask_about = |verifier, more: &Value| {
            let claims = with(&json!({ "azp": "c", "jti": "1", "ver": "2.0" }), more);
            is_accepted(&key, verifier, &claims)
        };
        let roles = json!({ "roles": ["entries:read"] });
        assert!(!ask_about(&stock, &roles), "{name}");
        // `at_jwt` takes typed tokens alone, `entra` knows better, `cognito` requires `token_use`.
        let takes_it = !["at_jwt", "entra", "entra_v1", "cognito"].contains(&name);
        assert_eq!(ask_about(&configured, &roles), takes_it, "{name}");
        for no_evidence in [
            json!({ "roles": [] }),
            json!({ "roles": null }),
            json!({ "roles": { "entries:read": {} } }),
            json!({ "roles": ["entries:read"], "nonce": "n" }),
            json!({ "roles": ["entries:read"], "typ": "ID" }),
            json!({ "roles": ["entries:read"], "azp": RESOURCE }),
        ] {
            assert!(
                !ask_about(&configured, &no_evidence),
                "{name}: {no_evidence}"
            );
        }
    }
}

/// The audience of a v2.0 token is the client id of the API's registration. Where that registration is
/// the client as well, only `scp` and `azpacr` tell the access token from the ID token.
#[test]
fn one_registration_of_entra_may_be_client_and_api() {
    let key = SigningKey::ed25519("1");
    let app = "6e74172b-be56-4843-9ff4-e66a39bb12e3";
    let verifier =
        |profile: Profile| verifier_with(&[&key], |issuer| issuer.profile(profile).audience(app));
    let stock = verifier(Profile::entra());
    let by_roles = verifier(Profile::entra().scope_claims(["roles"]));
    let by_both = verifier(Profile::entra().scope_claims(["scp", "roles"]));
    let user = json!({
        "aud": app, "azp": app, "azpacr": "0", "scp": "entries.read", "roles": ["admin"],
        "aio": "a", "rh": "r", "uti": "u", "oid": "o", "tid": "t", "name": "Ada", "ver": "2.0",
    });
    let without = |names: &[&str]| {
        let mut claims = user.clone();
        for name in names {
            claims[*name] = Value::Null;
        }
        claims
    };
    let id_token = without(&["azp", "azpacr", "scp"]);
    for (claims, expected) in [
        (user.clone(), true),
        (without(&["azpacr"]), true),
        // An application's token, of the same registration or of another.
        (without(&["scp"]), true),
        (with(&without(&["scp"]), &json!({ "azp": "other" })), true),
        (with(&user, &json!({ "azp": "other" })), true),
        // For another API.
        (with(&user, &json!({ "aud": "other" })), false),
        // ID tokens, which have `roles` as well; their audience is the same.
        (id_token.clone(), false),
        (with(&id_token, &json!({ "azp": app })), false),
        (
            with(&id_token, &json!({ "nonce": "n", "roles": null })),
            false,
        ),
        (
            with(&id_token, &json!({ "client_id": app, "scope": "openid" })),
            false,
        ),
        (with(&id_token, &json!({ "scp": [] })), false),
        (with(&id_token, &json!({ "scp": null, "azpacr": 1 })), false),
        // ID tokens of the hybrid flow, were they to have more.
        (with(&user, &json!({ "c_hash": "h" })), false),
        (with(&user, &json!({ "at_hash": "h" })), false),
        (with(&user, &json!({ "nonce": "n" })), false),
        // Tokens of version 1.0.
        (with(&user, &json!({ "ver": "1.0", "appid": app })), false),
        (without(&["ver"]), false),
    ] {
        for verifier in [&stock, &by_roles, &by_both] {
            let accepted = is_accepted(&key, verifier, &claims);
            assert_eq!(accepted, expected, "{claims}");
        }
    }
    // With another provider's profile, an audience that is the token's own client counts no more.
    let okta = verifier(Profile::okta());
    assert!(!is_accepted(&key, &okta, &user));
}

/// Entra sends a `nonce` in the header of some access tokens, which says nothing of their kind.
#[test]
fn headers_of_entra_may_have_more() {
    let key = SigningKey::ed25519("1");
    let entra = verifier_with(&[&key], |issuer| issuer.profile(Profile::entra()));
    let header = json!({
        "alg": key.algorithm(), "kid": "1", "typ": "JWT", "x5t": "t", "nonce": "n",
    });
    let claims = with(&bare(), &json!({ "ver": "2.0", "azp": "c", "azpacr": "1" }));
    assert!(ask(&entra, &key.sign(&header, &claims)).is_ok());
}
