//! Tokens that must not be accepted, each from a good one by one change; and the good one.

#![allow(clippy::expect_used, reason = "a test may panic")]

use aws_lc_rs::hmac;
use futures::executor::block_on;
use proptest::prelude::*;
use scopes_core::jwt::{Issuer, JwkSet, JwtVerifier};
use scopes_core::token::{VerifyTokenError, verify};
use scopes_core::{AccessToken, InvalidToken, VerifiedToken};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, base64url, claims, now_plus};
use serde_json::{Value, json};

type Answer = Result<VerifiedToken, VerifyTokenError>;

const REFUSED: VerifyTokenError = VerifyTokenError::Invalid(InvalidToken::NotAccepted);

fn verifier(keys: &[&SigningKey]) -> JwtVerifier {
    let keys: Vec<_> = keys.iter().map(|key| key.jwk()).collect();
    let keys: JwkSet = serde_json::from_value(json!({ "keys": keys })).expect("a key set");
    JwtVerifier::builder(RESOURCE)
        .issuer(Issuer::new(ISSUER).jwks(keys))
        .build()
        .expect("valid settings")
}

fn ask(verifier: &JwtVerifier, token: &str) -> Answer {
    let header = format!("Bearer {token}");
    let token = AccessToken::from_authorization([&header])
        .expect("well-formed")
        .expect("a token");
    block_on(verify(verifier, token))
}

/// The good claims with one changed; `None` takes it away.
fn with(name: &str, value: impl Into<Option<Value>>) -> Value {
    let mut claims = claims();
    let members = claims.as_object_mut().expect("an object");
    match value.into() {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
    claims
}

#[test]
fn good_tokens_of_every_algorithm_are_accepted() {
    for key in [
        SigningKey::rsa("1"),
        SigningKey::p256("1"),
        SigningKey::p384("1"),
        SigningKey::ed25519("1"),
    ] {
        let token = ask(&verifier(&[&key]), &key.token()).expect("a good token");
        assert_eq!(token.subject(), Some("ada"));
        assert_eq!(token.client_id(), Some("client-1"));
        assert_eq!(token.claims().issuer.as_deref(), Some(ISSUER));
        assert_eq!(token.claims().audience, [RESOURCE]);
        assert_eq!(token.scopes().as_str(), "entries:read tags:write");
        assert_eq!(token.claim("email"), Some(&json!("ada@example.com")));
        assert_eq!(
            token.claim("scope"),
            None,
            "a claim with a field of its own stands there"
        );
        assert!(token.claims().expires_at.is_some());
    }
}

#[test]
fn no_algorithm_but_the_key_s_own() {
    let (rsa, ec) = (SigningKey::rsa("1"), SigningKey::p256("1"));
    let verifier_of_rsa = verifier(&[&rsa]);
    let with_algorithm = |name: &str| {
        let mut header = rsa.header();
        header["alg"] = name.into();
        header
    };
    for name in [
        "none", "None", "NONE", "", "HS256", "HS384", "HS512", "RS384", "PS256", "ES256", "EdDSA",
        "RSA1_5", "rs256", "X",
    ] {
        let token = rsa.sign(&with_algorithm(name), &claims());
        assert_eq!(ask(&verifier_of_rsa, &token), Err(REFUSED), "{name}");
        // Without a signature.
        let (message, _) = token.rsplit_once('.').expect("three parts");
        assert_eq!(
            ask(&verifier_of_rsa, &format!("{message}.")),
            Err(REFUSED),
            "{name}"
        );
    }
    // HMAC with the public key for its secret, in the forms that a library may hold it in.
    let secrets = [
        rsa.public_der(),
        rsa.jwk().to_string().into_bytes(),
        rsa.jwk()["n"].to_string().into_bytes(),
    ];
    for secret in secrets {
        let message = format!(
            "{}.{}",
            base64url(with_algorithm("HS256").to_string()),
            base64url(claims().to_string())
        );
        let tag = hmac::sign(
            &hmac::Key::new(hmac::HMAC_SHA256, &secret),
            message.as_bytes(),
        );
        assert_eq!(
            ask(&verifier_of_rsa, &format!("{message}.{}", base64url(tag))),
            Err(REFUSED)
        );
    }
    // A key of another type under the id of the right one.
    assert_eq!(ask(&verifier_of_rsa, &ec.token()), Err(REFUSED));
    assert_eq!(ask(&verifier(&[&ec]), &rsa.token()), Err(REFUSED));
    assert_eq!(
        ask(&verifier_of_rsa, &SigningKey::rsa("1").token()),
        Err(REFUSED),
        "another key"
    );
    let wider = SigningKey::p384("1");
    assert_eq!(
        ask(&verifier(&[&wider]), &wider.sign(&ec.header(), &claims())),
        Err(REFUSED),
        "ES256 with P-384"
    );
}

#[test]
fn keys_in_the_header_are_not_looked_at() {
    let (ours, theirs) = (SigningKey::p256("1"), SigningKey::p256("1"));
    let verifier = verifier(&[&ours]);
    for (name, value) in [
        ("jwk", theirs.jwk()),
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/chain")),
        ("x5c", json!(["AAAA"])),
    ] {
        let mut header = theirs.header();
        header[name] = value;
        assert_eq!(
            ask(&verifier, &theirs.sign(&header, &claims())),
            Err(REFUSED),
            "{name}"
        );
        assert!(
            ask(&verifier, &ours.sign(&header, &claims())).is_ok(),
            "{name} does no harm"
        );
    }
}

#[test]
fn headers_that_change_the_meaning_are_refused() {
    let key = SigningKey::ed25519("1");
    let verifier = verifier(&[&key]);
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("crit", json!("b64")),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("enc", json!("A256GCM")),
        ("kid", json!(1)),
        ("kid", json!("2")),
        ("typ", json!(null)),
        ("typ", json!("JWT")),
        ("typ", json!("id+jwt")),
        ("typ", json!("at+jwt ")),
        ("typ", json!(1)),
    ] {
        let mut header = key.header();
        header[name] = value.clone();
        assert_eq!(
            ask(&verifier, &key.sign(&header, &claims())),
            Err(REFUSED),
            "{name}: {value}"
        );
    }
    for typ in ["AT+JWT", "application/at+jwt"] {
        let mut header = key.header();
        header["typ"] = typ.into();
        assert!(
            ask(&verifier, &key.sign(&header, &claims())).is_ok(),
            "{typ}"
        );
    }
    let mut header = key.header();
    header.as_object_mut().expect("an object").remove("kid");
    assert!(
        ask(&verifier, &key.sign(&header, &claims())).is_ok(),
        "without an id every key is tried"
    );
}

#[test]
fn claims_have_one_form_each() {
    let key = SigningKey::ed25519("1");
    let verifier = verifier(&[&key]);
    let refused = |name: &str, value: Option<Value>| {
        let token = key.sign(&key.header(), &with(name, value.clone()));
        let answer = ask(&verifier, &token);
        assert!(
            matches!(answer, Err(VerifyTokenError::Invalid(_))),
            "{name}: {value:?} gives {answer:?}"
        );
    };
    for name in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
        refused(name, None);
        refused(name, Some(Value::Null));
        refused(name, Some(json!({})));
    }
    for iss in [
        "https://auth.example.com/",
        "https://AUTH.example.com",
        "http://auth.example.com",
        "https://auth.example.com.evil.example",
        "",
    ] {
        refused("iss", Some(json!(iss)));
    }
    refused("iss", Some(json!([ISSUER])));
    for aud in [
        json!("https://mcp.example.com"),
        json!("https://mcp.example.com/mcp/"),
        json!([]),
        json!(""),
        json!([RESOURCE, 1]),
        json!(["other"]),
        json!(1),
        json!([[RESOURCE]]),
    ] {
        refused("aud", Some(aud));
    }
    for exp in [
        json!(now_plus(600).to_string()),
        json!(-1),
        json!(-1.5),
        json!(0),
        json!(now_plus(-60)),
        json!(1e300),
        json!(u64::MAX),
        json!(true),
        json!([now_plus(600)]),
    ] {
        refused("exp", Some(exp));
    }
    for nbf in [
        json!(now_plus(60).to_string()),
        json!(null),
        json!(-1),
        json!(now_plus(600)),
        json!(1e300),
        json!(u64::MAX),
        json!(false),
    ] {
        refused("nbf", Some(nbf));
    }
    for iat in [json!("now"), json!(-1)] {
        refused("iat", Some(iat));
    }
    for scope in [
        json!(1),
        json!({ "entries:read": true }),
        json!(null),
        json!(true),
        json!([1]),
        json!(["a b"]),
        json!([""]),
        json!("a  b"),
        json!("a\tb"),
        json!("é"),
        json!([["a"]]),
    ] {
        refused("scope", Some(scope));
    }
    for cnf in [
        json!({ "jkt": "abc" }),
        json!({ "x5t#S256": "abc" }),
        json!({}),
        json!(null),
    ] {
        refused("cnf", Some(cnf));
    }
    refused("sub", Some(json!("")));
}

#[test]
fn claims_that_are_good_in_another_form() {
    let key = SigningKey::ed25519("1");
    let verifier = verifier(&[&key]);
    for (name, value) in [
        ("aud", json!(["https://other.example", RESOURCE])),
        (
            "exp",
            serde_json::from_str(&format!("{}.5", now_plus(600))).expect("a number"),
        ),
        ("exp", json!(now_plus(-10))),
        ("exp", json!(99_999_999_999_u64)),
        ("nbf", json!(now_plus(10))),
        ("nbf", json!(now_plus(-600))),
        ("scope", json!(["entries:read", "tags:write"])),
        ("scope", json!("")),
        ("scope", Value::Null),
    ] {
        let token = key.sign(
            &key.header(),
            &if value.is_null() {
                with(name, None)
            } else {
                with(name, value.clone())
            },
        );
        assert!(ask(&verifier, &token).is_ok(), "{name}: {value}");
    }
}

#[test]
fn an_expired_token_is_called_that() {
    let key = SigningKey::ed25519("1");
    let token = key.sign(&key.header(), &with("exp", json!(now_plus(-60))));
    assert_eq!(
        ask(&verifier(&[&key]), &token),
        Err(VerifyTokenError::Invalid(InvalidToken::Expired))
    );
    // But only if it was good once.
    let other = SigningKey::ed25519("1");
    assert_eq!(ask(&verifier(&[&other]), &token), Err(REFUSED));
}

#[test]
fn scopes_stand_in_the_first_claim_that_is_there() {
    let key = SigningKey::ed25519("1");
    let verifier = verifier(&[&key]);
    let mut claims = claims();
    claims["scp"] = json!(["admin"]);
    claims["permissions"] = json!(["admin"]);
    claims["roles"] = json!(["admin"]);
    let token = ask(&verifier, &key.sign(&key.header(), &claims)).expect("good");
    assert_eq!(token.scopes().as_str(), "entries:read tags:write");
    claims.as_object_mut().expect("an object").remove("scope");
    let token = ask(&verifier, &key.sign(&key.header(), &claims)).expect("good");
    assert_eq!(token.scopes().as_str(), "admin");
    claims.as_object_mut().expect("an object").remove("scp");
    let token = ask(&verifier, &key.sign(&key.header(), &claims)).expect("good");
    assert_eq!(token.scopes().as_str(), "", "other claims grant nothing");
}

#[test]
fn what_stands_twice_is_refused() {
    let key = SigningKey::ed25519("1");
    let verifier = verifier(&[&key]);
    let header = key.header().to_string();
    let claims = claims().to_string();
    let twice = |text: &str, member: &str| text.replacen('{', &format!("{{{member},"), 1);
    for member in [
        r#""sub":"eve""#,
        r#""sub":"ada""#,
        r#""scope":"admin""#,
        r#""\u0073ub":"eve""#,
        r#""exp":1"#,
    ] {
        assert_eq!(
            ask(&verifier, &key.sign_text(&header, &twice(&claims, member))),
            Err(REFUSED),
            "{member}"
        );
    }
    for member in [r#""alg":"none""#, r#""kid":"2""#, r#""typ":"JWT""#] {
        assert_eq!(
            ask(&verifier, &key.sign_text(&twice(&header, member), &claims)),
            Err(REFUSED),
            "{member}"
        );
    }
}

#[test]
fn what_is_no_token_is_refused() {
    let key = SigningKey::ed25519("1");
    let verifier = verifier(&[&key]);
    let token = key.token();
    let parts: Vec<_> = token.split('.').collect();
    let [header, payload, signature] = parts.as_slice() else {
        panic!("three parts")
    };
    for text in [
        "a".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        format!("{header}.{payload}"),
        format!("{header}.{payload}.{signature}.{signature}"),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("{header}.{payload}.{}", &signature[..signature.len() - 2]),
        format!("{header}.{payload}.{signature}="),
        format!("{header}.{payload}.{signature}AAAA"),
        format!("{header}.{}.{signature}", base64url("[]")),
        format!("{header}.{}.{signature}", base64url("{}")),
        key.sign_text(&key.header().to_string(), &format!("{}{{}}", claims())),
        key.sign_text(&format!("\u{feff}{}", key.header()), &claims().to_string()),
        key.sign_text("[]", &claims().to_string()),
        format!(
            "{}.{payload}.{signature}",
            base64url(json!({ "alg": "dir", "enc": "A256GCM" }).to_string())
        ),
    ] {
        assert_eq!(ask(&verifier, &text), Err(REFUSED), "{text:.60}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_byte_can_be_changed(place in any::<prop::sample::Index>(), letter in "[A-Za-z0-9_-]") {
        let key = SigningKey::ed25519("1");
        let verifier = verifier(&[&key]);
        let token = key.token();
        let place = place.index(token.len());
        let mut changed = token.clone();
        changed.replace_range(place..=place, &letter);
        prop_assume!(changed != token && token.as_bytes()[place] != b'.');
        prop_assert!(ask(&verifier, &changed).is_err());
    }
}
