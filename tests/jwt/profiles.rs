//! Tokens as providers make them, each accepted by its profile and by no stricter one.

use futures::executor::block_on;
use scopes_core::jwt::{Algorithm, Issuer, JwkSet, JwtVerifier, Profile};
use scopes_core::token::{VerifyTokenError, verify};
use scopes_core::{PresentedToken, VerifiedToken};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, now_plus};
use serde_json::{Value, json};

fn ask(
    profile: Profile,
    audience: &str,
    header: &Value,
    claims: &Value,
) -> Result<VerifiedToken, VerifyTokenError> {
    let key = SigningKey::ed25519("1");
    let keys: JwkSet = serde_json::from_value(json!({ "keys": [key.jwk()] })).expect("a key set");
    let issuer = Issuer::new(ISSUER)
        .jwks(keys)
        .profile(profile)
        .audience(audience);
    let verifier = JwtVerifier::builder(RESOURCE)
        .issuer(issuer)
        .build()
        .expect("valid settings");
    let header_value = format!("Bearer {}", key.sign(header, claims));
    let token = PresentedToken::from_authorization([&header_value])
        .expect("well-formed")
        .expect("a token");
    block_on(verify(&verifier, token))
}

fn jwt() -> Value {
    json!({ "alg": "EdDSA", "typ": "JWT", "kid": "1" })
}

#[test]
fn keycloak() {
    let claims = json!({
        "exp": now_plus(300), "iat": now_plus(0), "jti": "onrtro:1", "iss": ISSUER,
        "aud": [RESOURCE, "account"], "sub": "f:1", "typ": "Bearer", "azp": "inspector", "sid": "s",
        "realm_access": { "roles": ["admin"] }, "scope": "openid profile entries:read",
    });
    let token = ask(Profile::keycloak(), RESOURCE, &jwt(), &claims).expect("accepted");
    assert_eq!(token.client_id(), Some("inspector"));
    assert_eq!(token.scopes().as_str(), "openid profile entries:read");
    assert!(ask(Profile::at_jwt(), RESOURCE, &jwt(), &claims).is_err());
    let without_mapper =
        json!({ "exp": now_plus(300), "iss": ISSUER, "aud": "account", "sub": "f:1" });
    assert!(ask(Profile::keycloak(), RESOURCE, &jwt(), &without_mapper).is_err());
}

#[test]
fn auth0() {
    let claims = json!({
        "iss": ISSUER, "sub": "auth0|1", "aud": [RESOURCE, "https://tenant.auth0.example/userinfo"],
        "iat": now_plus(0), "exp": now_plus(300), "scope": "openid entries:read", "azp": "client",
        "permissions": ["entries:write"],
    });
    let token = ask(Profile::auth0(), RESOURCE, &jwt(), &claims).expect("accepted");
    assert_eq!(
        token.scopes().as_str(),
        "openid entries:read",
        "permissions count only when asked for"
    );
    let by_permissions = Profile::auth0().scope_claims(["permissions"]);
    let token = ask(by_permissions, RESOURCE, &jwt(), &claims).expect("accepted");
    assert_eq!(token.scopes().as_str(), "entries:write");
}

#[test]
fn okta() {
    let claims = json!({
        "ver": 1, "jti": "AT.1", "iss": ISSUER, "aud": "api://default", "iat": now_plus(0),
        "exp": now_plus(300), "cid": "0oa1", "uid": "00u1", "scp": ["entries:read", "openid"], "sub": "ada@example.com",
    });
    let header = json!({ "alg": "EdDSA", "kid": "1" });
    let token = ask(Profile::okta(), "api://default", &header, &claims).expect("accepted");
    assert_eq!(token.client_id(), Some("0oa1"));
    assert_eq!(token.scopes().as_str(), "entries:read openid");
}

#[test]
fn entra() {
    let claims = json!({
        "aud": "6e74172b-be56-4843-9ff4-e66a39bb12e3", "iss": ISSUER, "iat": now_plus(0), "nbf": now_plus(0),
        "exp": now_plus(300), "azp": "client", "name": "Ada", "oid": "1", "scp": "entries.read user.read",
        "sub": "x", "tid": "t", "ver": "2.0", "roles": ["entries.write"],
    });
    let audience = "6e74172b-be56-4843-9ff4-e66a39bb12e3";
    let token = ask(Profile::entra(), audience, &jwt(), &claims).expect("accepted");
    assert_eq!(token.scopes().as_str(), "entries.read user.read");
    let mut version_one = claims;
    version_one["ver"] = "1.0".into();
    assert!(ask(Profile::entra(), audience, &jwt(), &version_one).is_err());
}

#[test]
fn cognito() {
    let claims = json!({
        "sub": "1", "iss": ISSUER, "version": 2, "client_id": "7k1", "token_use": "access",
        "scope": "journal/entries.read", "auth_time": now_plus(0), "exp": now_plus(300), "iat": now_plus(0),
        "jti": "1", "username": "ada",
    });
    let header = json!({ "alg": "EdDSA", "kid": "1" });
    let token = ask(Profile::cognito(), "7k1", &header, &claims).expect("accepted");
    assert_eq!(
        (token.client_id(), token.scopes().as_str()),
        (Some("7k1"), "journal/entries.read")
    );
    assert!(ask(Profile::cognito(), "another-client", &header, &claims).is_err());
    let mut id_token = claims;
    id_token["token_use"] = "id".into();
    assert!(ask(Profile::cognito(), "7k1", &header, &id_token).is_err());
}

#[test]
fn algorithms_can_be_narrowed_and_never_widened_to_secrets() {
    let key_claims = json!({ "iss": ISSUER, "aud": RESOURCE, "exp": now_plus(300) });
    let only = |algorithms: &[Algorithm]| {
        Profile::insecure_any_jwt().algorithms(algorithms.iter().copied())
    };
    assert!(ask(only(&[Algorithm::EdDSA]), RESOURCE, &jwt(), &key_claims).is_ok());
    assert!(ask(only(&[Algorithm::RS256]), RESOURCE, &jwt(), &key_claims).is_err());
    let issuer = Issuer::new(ISSUER).profile(only(&[Algorithm::HS256]));
    let error = JwtVerifier::builder(RESOURCE)
        .issuer(issuer)
        .discover_lazily(scopes_core::hyper::HyperFetch::new().expect("TLS"))
        .expect_err("nothing is left");
    assert!(error.to_string().contains("without algorithms"), "{error}");
}

#[test]
fn a_relaxed_profile_still_asks_for_the_essentials() {
    let full = json!({ "iss": ISSUER, "aud": RESOURCE, "exp": now_plus(300) });
    assert!(ask(Profile::insecure_any_jwt(), RESOURCE, &jwt(), &full).is_ok());
    for name in ["iss", "aud", "exp"] {
        let mut claims = full.clone();
        claims.as_object_mut().expect("an object").remove(name);
        assert!(
            ask(Profile::insecure_any_jwt(), RESOURCE, &jwt(), &claims).is_err(),
            "{name}"
        );
    }
    for typ in ["id+jwt", "logout+jwt", "secevent+jwt"] {
        let header = json!({ "alg": "EdDSA", "typ": typ, "kid": "1" });
        assert!(
            ask(Profile::insecure_any_jwt(), RESOURCE, &header, &full).is_err(),
            "{typ}"
        );
    }
}
