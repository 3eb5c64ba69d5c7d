//! What claims must say, each from a good token by one change; and the good token.

use scopes_core::AuthorizeError;
use scopes_core::InvalidToken;
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, claims, now_plus};
use serde_json::{Value, json};

use super::{REFUSED, ask, verifier};

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
fn claims_have_one_form_each() {
    let key = SigningKey::ed25519("1");
    let verifier = verifier(&[&key]);
    let refused = |name: &str, value: Option<Value>| {
        let token = key.sign(&key.header(), &with(name, value.clone()));
        let answer = ask(&verifier, &token);
        assert!(
            matches!(answer, Err(AuthorizeError::InvalidToken(_))),
            "{name}: {value:?} gives {answer:?}"
        );
    };
    for name in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
        refused(name, None);
        refused(name, Some(Value::Null));
        refused(name, Some(json!([])));
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
        json!(true),
        json!([1]),
        json!(["a b"]),
        json!([null]),
        json!("a\tb"),
        json!("\ta"),
        json!("a\n"),
        json!("a\u{a0}b"),
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
        json!([]),
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
        ("scope", json!("remove")),
    ] {
        let is_removed = value == "remove";
        let claims = with(name, (!is_removed).then(|| value.clone()));
        let token = key.sign(&key.header(), &claims);
        assert!(ask(&verifier, &token).is_ok(), "{name}: {value}");
    }
}

#[test]
fn an_expired_token_is_called_that() {
    let key = SigningKey::ed25519("1");
    let token = key.sign(&key.header(), &with("exp", json!(now_plus(-60))));
    assert_eq!(
        ask(&verifier(&[&key]), &token),
        Err(AuthorizeError::InvalidToken(InvalidToken::Expired))
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

/// `null` and `[]` are what some servers write for a claim that they don't make.
#[test]
fn null_and_empty_arrays_are_absent() {
    let key = SigningKey::ed25519("1");
    let verifier = verifier(&[&key]);
    for empty in [Value::Null, json!([])] {
        for name in [
            "nbf",
            "scope",
            "azp",
            "cid",
            "typ",
            "token_use",
            "token_type",
            "nonce",
            "at_hash",
            "c_hash",
            "events",
            "email",
            "contacts",
        ] {
            let token = key.sign(&key.header(), &with(name, empty.clone()));
            let token = ask(&verifier, &token).expect(name);
            assert_eq!(token.claim(name), None, "{name}: {empty}");
        }
        let mut claims = with("scope", empty.clone());
        claims["scp"] = json!(["entries:read"]);
        let token = ask(&verifier, &key.sign(&key.header(), &claims)).expect("valid");
        assert_eq!(token.scopes().as_str(), "entries:read", "scope: {empty}");
    }
}

#[test]
fn stray_spaces_cost_only_empty_names() {
    let key = SigningKey::ed25519("1");
    let verifier = verifier(&[&key]);
    for (scope, granted) in [
        (json!(" a"), "a"),
        (json!("a "), "a"),
        (json!("a  b"), "a b"),
        (json!("  a   b c  "), "a b c"),
        (json!(" "), ""),
        (json!(["a", ""]), "a"),
        (json!([" a ", "b"]), "a b"),
        (json!([""]), ""),
        (json!([" ", "  "]), ""),
    ] {
        for claim in ["scope", "scp"] {
            let mut claims = with("scope", None);
            claims[claim] = scope.clone();
            let token = ask(&verifier, &key.sign(&key.header(), &claims)).expect("valid");
            assert_eq!(token.scopes().as_str(), granted, "{claim}: {scope}");
            assert!(token.scopes().names().eq(granted.split_terminator(' ')));
        }
    }
}
