//! Tokens that must not be accepted, whatever they claim: by their algorithm, header or form.

use aws_lc_rs::hmac;
use proptest::prelude::*;
use scopes_tests::issuer::{SigningKey, base64url, claims};
use serde_json::json;

use super::{REFUSED, ask, verifier};

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
        ("typ", json!("id+jwt")),
        ("typ", json!("logout+jwt")),
        ("typ", json!("secevent+jwt")),
        ("typ", json!("token-introspection+jwt")),
        ("typ", json!("client-authentication+jwt")),
        ("typ", json!("oauth-id-jag+jwt")),
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
