//! The claims of a JWT itself, besides the server's answer about it.

use std::convert::Infallible;

use http::{Request, Response, header};
use scopes_core::introspection::IntrospectionVerifier;
use scopes_core::reqwest::ReqwestFetch;
use scopes_core::tower::ProtectLayer;
use scopes_core::{Registry, ResourceServer};
use scopes_tests::faulty::Reply;
use scopes_tests::issuer::{RESOURCE, SigningKey, base64url};
use scopes_tests::{documented, recorded};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};

use crate::site::{Site, fetch};

const REJECTED: &str = r#"Bearer error="invalid_token", resource_metadata="https://mcp.example.com/mcp?oauth-protected-resource", error_description="The access token is not valid.""#;

const EXPIRED: &str = r#"Bearer error="invalid_token", resource_metadata="https://mcp.example.com/mcp?oauth-protected-resource", error_description="The access token has expired.""#;

/// Whether the layer lets a request with this token through, and whether the server was asked.
fn ask(site: &Site, verifier: IntrospectionVerifier<ReqwestFetch>, token: &str) -> (bool, bool) {
    let server = ResourceServer::builder(RESOURCE)
        .authorization_server("https://auth.example.com")
        .registry(Registry::default())
        .build()
        .expect("valid settings");
    let inner = service_fn(|_: Request<()>| {
        std::future::ready(Ok::<_, Infallible>(Response::new(String::new())))
    });
    let service = ProtectLayer::new(server, verifier).layer(inner);
    let request = Request::post("/mcp").header(header::AUTHORIZATION, format!("Bearer {token}"));
    let before = site.server.asked();
    let request = request.body(()).expect("a request");
    let answer = site
        .runtime
        .block_on(service.oneshot(request))
        .expect("an answer");
    let challenge = answer.headers().get(header::WWW_AUTHENTICATE);
    match answer.status().as_u16() {
        200 => assert_eq!(challenge, None),
        status => {
            let challenge = challenge.and_then(|value| value.to_str().ok());
            assert_eq!(status, 401);
            assert!(
                challenge == Some(REJECTED) || challenge == Some(EXPIRED),
                "{challenge:?}"
            );
        }
    }
    (answer.status() == 200, site.server.asked() > before)
}

/// A JWT with these claims; no key for its signature is known.
fn jwt(claims: &Value) -> String {
    let key = SigningKey::ed25519("unknown");
    key.sign(&json!({ "alg": "EdDSA", "typ": "JWT" }), claims)
}

#[test]
fn a_jwt_s_own_claims_must_fit_before_the_server_is_asked() {
    let site = Site::start();
    // As Keycloak answers, whose mappers add to the audience.
    site.answer(Reply::json(&site.good()));
    let issuer = site.issuer();
    for (claims, is_asked) in [
        (json!({ "iss": issuer, "aud": RESOURCE }), true),
        (json!({ "iss": issuer, "aud": ["other", RESOURCE] }), true),
        // The answer decides on what is missing.
        (json!({ "iss": issuer }), true),
        (json!({ "aud": RESOURCE }), true),
        (json!({}), true),
        (json!({ "iss": null, "aud": null }), true),
        (json!({ "iss": [], "aud": [] }), true),
        (
            json!({ "iss": issuer, "typ": "Bearer", "nonce": "n" }),
            true,
        ),
        (
            json!({ "exp": 4_102_444_800_u64, "nbf": 1, "iat": 1 }),
            true,
        ),
        // Not yet valid, or of no time.
        (json!({ "nbf": 4_102_444_800_u64 }), false),
        (json!({ "exp": "soon" }), false),
        // Of another issuer.
        (
            json!({ "iss": "https://other.example", "aud": RESOURCE }),
            false,
        ),
        (json!({ "iss": format!("{issuer}/") }), false),
        (json!({ "iss": "" }), false),
        (json!({ "iss": [issuer] }), false),
        // For another resource.
        (
            json!({ "iss": issuer, "aud": "https://mcp.other.example/mcp" }),
            false,
        ),
        (json!({ "aud": ["https://mcp.other.example/mcp"] }), false),
        (json!({ "aud": format!("{RESOURCE}/") }), false),
        (json!({ "aud": "" }), false),
        (json!({ "aud": { "0": RESOURCE } }), false),
        (json!({ "aud": [RESOURCE, 1] }), false),
        // Of another kind, or bound to a key.
        (json!({ "typ": "ID" }), false),
        (json!({ "typ": "Refresh" }), false),
        (json!({ "token_use": "refresh_token" }), false),
        (json!({ "at_hash": "h" }), false),
        (json!({ "events": {} }), false),
        (json!({ "nonce": "n" }), false),
        (json!({ "cnf": { "jkt": "x" } }), false),
        (json!({ "cnf": null }), false),
    ] {
        let token = jwt(&claims);
        let answer = ask(&site, site.verifier(), &token);
        assert_eq!(answer, (is_asked, is_asked), "{claims}");
        // The settings that accept a missing audience accept no other one.
        let endpoint = site.server.url("/introspect");
        let lenient = site.builder().endpoint(endpoint);
        let lenient = lenient.insecure_accept_missing_audience();
        let lenient = lenient.build(fetch()).expect("valid settings");
        let answer = ask(&site, lenient, &token);
        assert_eq!(answer, (is_asked, is_asked), "{claims}");
    }
}

#[test]
fn a_fitting_jwt_is_still_decided_by_the_answer() {
    let site = Site::start();
    let token = jwt(&json!({ "iss": site.issuer(), "aud": RESOURCE }));
    for answer in [
        json!({ "active": false }),
        site.with("aud", json!("https://mcp.other.example/mcp")),
        site.with("aud", json!("remove")),
        site.with("iss", json!("https://other.example")),
        site.with("typ", json!("ID")),
    ] {
        site.answer(Reply::json(&answer));
        assert_eq!(
            ask(&site, site.verifier(), &token),
            (false, true),
            "{answer}"
        );
    }
}

/// A server that ignores what follows a JWS, or how its signature is padded, verifies the same
/// claims.
#[test]
fn no_spelling_hides_the_claims() {
    let site = Site::start();
    site.answer(Reply::json(&site.good()));
    let foreign = jwt(&json!({ "iss": site.issuer(), "aud": "https://mcp.other.example/mcp" }));
    let header = base64url(r#"{"alg":"none"}"#);
    let twice = base64url(format!(r#"{{"aud":{RESOURCE:?},"aud":"other"}}"#));
    for token in [
        foreign.clone(),
        format!("{foreign}="),
        format!("{foreign}."),
        format!("{foreign}.."),
        format!("{foreign}.x"),
        foreign[..=foreign.rfind('.').expect("a dot")].to_owned(),
        format!("{header}.{twice}.x"),
    ] {
        assert_eq!(
            ask(&site, site.verifier(), &token),
            (false, false),
            "{token}"
        );
    }
}

#[test]
fn what_is_no_jwt_is_asked_about() {
    let site = Site::start();
    site.answer(Reply::json(&site.good()));
    let claims = base64url(r#"{"aud":"other"}"#);
    let header = base64url(r#"{"alg":"HS256"}"#);
    for token in [
        "opaque".to_owned(),
        "ory_at_abc.def".to_owned(),
        "a.b.c".to_owned(),
        "...".to_owned(),
        "v4.public.AAAA".to_owned(),
        format!("{header}.{claims}"),
        format!("x.{claims}.y"),
        format!("{}.{claims}.y", base64url("[]")),
        format!("{header}.{}.y", base64url("\"a handle\"")),
        format!("{header}..y"),
        // Encrypted: the second part is a key.
        format!(
            "{}.AAAA.AAAA.AAAA.AAAA",
            base64url(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#)
        ),
    ] {
        assert_eq!(ask(&site, site.verifier(), &token), (true, true), "{token}");
    }
}

#[test]
fn recorded_answers_are_accepted_for_access_tokens_alone() {
    let site = Site::start();
    let mut accepted = 0;
    for recorded in recorded::answers(&site.issuer()) {
        let expected = recorded.kind == "access" && recorded.is_ours();
        site.answer(Reply::json(&recorded.claims));
        let answer = ask(&site, site.verifier(), "opaque");
        assert_eq!(answer, (expected, true), "{recorded:?}");
        accepted += usize::from(expected);
        if recorded.kind != "access" {
            let mut ours = recorded.claims.clone();
            ours["aud"] = json!(RESOURCE);
            site.answer(Reply::json(&ours));
            let answer = ask(&site, site.verifier(), "opaque");
            assert_eq!(answer, (false, true), "{recorded:?}");
        }
    }
    assert!(accepted > 8, "{accepted} were for the resource");
}

/// Authentik's answers have the audience of the client, and mark a refresh token by `at_hash` alone.
#[test]
fn documented_answers_are_accepted_for_access_tokens_alone() {
    let site = Site::start();
    let mut accepted = 0;
    for documented in documented::answers(&site.issuer()) {
        let expected = documented.kind == "access";
        let audience = documented.claims["aud"].as_str().expect("an audience");
        let builder = site.builder().audience(audience);
        let verifier = site.runtime.block_on(builder.discover(fetch()));
        site.answer(Reply::json(&documented.claims));
        let answer = ask(&site, verifier.expect("an endpoint"), "opaque");
        assert_eq!(answer, (expected, true), "{documented:?}");
        accepted += usize::from(expected);
    }
    assert_eq!(accepted, 1);
}

/// A token that would be accepted by its answer is judged by its own claims as well.
#[test]
fn recorded_jwts_are_asked_about_only_if_they_are_access_tokens() {
    let site = Site::start();
    site.answer(Reply::json(&site.good()));
    for recorded in recorded::tokens(&site.issuer()) {
        let token = SigningKey::ed25519("unknown");
        let header = json!({ "alg": "EdDSA", "typ": recorded.typ.as_deref().unwrap_or("JWT") });
        let token = token.sign(&header, &recorded.claims);
        let aud = &recorded.claims["aud"];
        let is_missing = aud.is_null() || *aud == json!([]);
        let expected = recorded.kind == "access" && (is_missing || recorded.is_ours());
        let answer = ask(&site, site.verifier(), &token);
        assert_eq!(answer, (expected, expected), "{recorded:?}");
    }
}

#[test]
fn a_header_of_another_kind_is_rejected_without_a_question() {
    let site = Site::start();
    site.answer(Reply::json(&site.good()));
    let key = SigningKey::ed25519("unknown");
    for (typ, is_asked) in [
        (json!("JWT"), true),
        (json!("jwt"), true),
        (json!("at+jwt"), true),
        (json!("application/at+jwt"), true),
        (Value::Null, true),
        (json!("rt+jwt"), false),
        (json!("logout+jwt"), false),
        (json!("secevent+jwt"), false),
        (json!("token-introspection+jwt"), false),
        (json!(["at+jwt"]), false),
    ] {
        let claims = json!({ "iss": site.issuer(), "aud": RESOURCE });
        let token = key.sign(&json!({ "alg": "EdDSA", "typ": typ }), &claims);
        let answer = ask(&site, site.verifier(), &token);
        assert_eq!(answer, (is_asked, is_asked), "{typ}");
    }
}

#[test]
fn an_expired_jwt_is_rejected_without_a_question() {
    let site = Site::start();
    site.answer(Reply::json(&site.good()));
    let claims = json!({ "iss": site.issuer(), "aud": RESOURCE, "exp": 1_700_000_000 });
    assert_eq!(ask(&site, site.verifier(), &jwt(&claims)), (false, false));
}
