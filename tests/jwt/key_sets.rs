//! Key sets as they are found: every key is used, or passed over with a reason.

use scopes_core::AuthorizeError;
use scopes_core::InvalidToken;
use scopes_core::jwt::{Issuer, JwkSet, JwtVerifier};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, base64url, claims};
use serde_json::{Value, json};

use super::keys::ask_now;

fn build(jwk: &Value) -> Result<JwtVerifier, String> {
    let keys: JwkSet = serde_json::from_value(json!({ "keys": [jwk] })).expect("a key set");
    let builder = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(ISSUER).jwks(keys));
    builder.build().map_err(|error| error.to_string())
}

fn with(jwk: &Value, members: &Value) -> Value {
    let mut jwk = jwk.clone();
    for (name, value) in members.as_object().expect("an object") {
        jwk[name] = value.clone();
    }
    jwk
}

fn bytes(jwk: &Value, member: &str) -> Vec<u8> {
    use base64::Engine as _;
    let text = jwk[member].as_str().expect("text");
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(text)
        .expect("base64url")
}

#[test]
fn odd_spellings_of_a_key_are_that_key() {
    let (rsa, ec, ed) = (
        SigningKey::rsa("1"),
        SigningKey::p256("1"),
        SigningKey::ed25519("1"),
    );
    let zero =
        |key: &SigningKey, member: &str| base64url([vec![0], bytes(&key.jwk(), member)].concat());
    let padded = |key: &SigningKey, member: &str| {
        let jwk = key.jwk();
        let text = jwk[member].as_str().expect("text").to_owned();
        let missing = (4 - text.len() % 4) % 4;
        text + &"=".repeat(missing)
    };
    for (key, members) in [
        (&rsa, json!({ "n": zero(&rsa, "n") })),
        (&rsa, json!({ "e": "AAEAAQ" })),
        (&rsa, json!({ "n": padded(&rsa, "n"), "e": "AQAB" })),
        (&rsa, json!({ "alg": null })),
        (&rsa, json!({ "use": null, "key_ops": [], "alg": "" })),
        (&rsa, json!({ "use": "", "key_ops": null })),
        (&rsa, json!({ "key_ops": ["encrypt", "verify"] })),
        (
            &rsa,
            json!({ "x5c": [], "x5t": null, "x5u": 7, "unknown": {} }),
        ),
        (&ec, json!({ "x": zero(&ec, "x"), "y": zero(&ec, "y") })),
        (&ec, json!({ "x": padded(&ec, "x"), "y": padded(&ec, "y") })),
        (&ed, json!({ "alg": "Ed25519" })),
        (&ed, json!({ "alg": "EdDSA" })),
        (&ed, json!({ "x": padded(&ed, "x"), "d": null })),
    ] {
        let verifier = build(&with(&key.jwk(), &members)).expect("a key");
        assert_eq!(ask_now(&verifier, &key.token()), Ok(()), "{members}");
    }
    for kid in [json!(null), json!("")] {
        let verifier = build(&with(&ed.jwk(), &json!({ "kid": kid }))).expect("a key");
        let mut header = ed.header();
        header["kid"] = kid;
        assert_eq!(ask_now(&verifier, &ed.sign(&header, &claims())), Ok(()));
    }
    // A coordinate that begins with zero, without it: one key in 256 has one.
    let short = (0..).map(|_| SigningKey::p256("1"));
    let short = short
        .take(10_000)
        .find(|key| bytes(&key.jwk(), "x")[0] == 0);
    let short = short.expect("one in ten thousand");
    let x = base64url(&bytes(&short.jwk(), "x")[1..]);
    let verifier = build(&with(&short.jwk(), &json!({ "x": x }))).expect("a key");
    assert_eq!(ask_now(&verifier, &short.token()), Ok(()));
}

#[test]
fn tokens_name_ed25519_by_both_names() {
    let key = SigningKey::ed25519("1");
    for published in ["EdDSA", "Ed25519"] {
        let verifier = build(&with(&key.jwk(), &json!({ "alg": published }))).expect("a key");
        for (named, is_known) in [
            ("EdDSA", true),
            ("Ed25519", true),
            ("ed25519", false),
            ("Ed448", false),
        ] {
            let mut header = key.header();
            header["alg"] = named.into();
            let answer = ask_now(&verifier, &key.sign(&header, &claims()));
            let refused = Err(AuthorizeError::InvalidToken(InvalidToken::Rejected));
            assert_eq!(answer, if is_known { Ok(()) } else { refused }, "{named}");
        }
    }
}

#[test]
fn keys_that_are_passed_over_say_why() {
    let (rsa, ec, ed) = (
        SigningKey::rsa("1"),
        SigningKey::p256("1"),
        SigningKey::ed25519("1"),
    );
    let modulus = |bits: usize| {
        let mut modulus = vec![0xff; bits / 8];
        modulus[0] = 0x80;
        base64url(modulus)
    };
    let point = |first: u8, rest: u8, last: u8| {
        let mut point = [rest; 32];
        (point[0], point[31]) = (first, last);
        base64url(point)
    };
    let mut even = bytes(&rsa.jwk(), "n");
    *even.last_mut().expect("a byte") &= 0xfe;
    for (key, members, reason) in [
        (&rsa, json!({ "use": "enc" }), "`use` is \"enc\""),
        (&rsa, json!({ "use": "SIG" }), "`use` is \"SIG\""),
        (
            &rsa,
            json!({ "use": ["sig"] }),
            "`use` has the wrong JSON type",
        ),
        (&rsa, json!({ "key_ops": ["sign"] }), "`key_ops`"),
        (&rsa, json!({ "key_ops": "verify" }), "`key_ops`"),
        (&rsa, json!({ "alg": "RSA-OAEP-256" }), "encryption"),
        (&rsa, json!({ "alg": "ES256" }), "expected RS256"),
        (&rsa, json!({ "alg": "HS256" }), "expected RS256"),
        (&rsa, json!({ "alg": "none" }), "expected RS256"),
        (&rsa, json!({ "kid": 7 }), "`kid` has the wrong JSON type"),
        (&rsa, json!({ "kty": null }), "`kty` is missing"),
        (&rsa, json!({ "kty": "rsa" }), "not supported"),
        (&rsa, json!({ "kty": "oct", "k": "c2VjcmV0" }), "secret"),
        (&rsa, json!({ "d": "AQAB" }), "private key"),
        (&ec, json!({ "d": "AQAB" }), "private key"),
        (&ed, json!({ "d": "AQAB" }), "private key"),
        (
            &rsa,
            json!({ "n": null, "e": null, "x5c": ["MIIC"] }),
            "certificates",
        ),
        (&rsa, json!({ "n": "" }), "certificates"),
        (&rsa, json!({ "e": "" }), "`e` is missing"),
        (&rsa, json!({ "n": "+/+/" }), "not base64url"),
        (&rsa, json!({ "n": modulus(1024) }), "1024 bits"),
        (&rsa, json!({ "n": modulus(2040) }), "2040 bits"),
        (&rsa, json!({ "n": modulus(8192) }), "8192 bits"),
        (&rsa, json!({ "n": base64url(&even) }), "even"),
        (&rsa, json!({ "e": "AQ" }), "exponent"),
        (&rsa, json!({ "e": "AA" }), "exponent"),
        (&rsa, json!({ "e": "Ag" }), "exponent"),
        (&rsa, json!({ "e": "AgAAAAE" }), "exponent"),
        (&rsa, json!({ "e": modulus(2048) }), "exponent"),
        (&ec, json!({ "crv": "P-521", "alg": "ES512" }), "\"P-521\""),
        (
            &ec,
            json!({ "crv": "secp256k1", "alg": "ES256K" }),
            "\"secp256k1\"",
        ),
        (&ec, json!({ "crv": "P-384" }), "expected ES384"),
        (&ec, json!({ "crv": null }), "`crv` is missing"),
        (&ec, json!({ "y": null }), "`y` is missing"),
        (&ec, json!({ "x": base64url([1; 33]) }), "33 bytes"),
        (&ed, json!({ "crv": "Ed448" }), "\"Ed448\""),
        (
            &ed,
            json!({ "crv": "X25519", "alg": "ECDH-ES" }),
            "encryption",
        ),
        (&ed, json!({ "alg": "ES256" }), "expected Ed25519"),
        (&ed, json!({ "x": base64url([1; 31]) }), "31 bytes"),
        (&ed, json!({ "x": base64url([1; 33]) }), "33 bytes"),
        (&ed, json!({ "x": point(0, 0, 0) }), "small order"),
        (&ed, json!({ "x": point(1, 0, 0) }), "small order"),
        (&ed, json!({ "x": point(1, 0, 0x80) }), "small order"),
        (&ed, json!({ "x": point(0xec, 0xff, 0x7f) }), "small order"),
        (&ed, json!({ "x": point(0xee, 0xff, 0x7f) }), "canonical"),
        (&ed, json!({ "x": point(0xff, 0xff, 0xff) }), "canonical"),
    ] {
        let error = build(&with(&key.jwk(), &members)).expect_err("no key");
        assert!(error.contains(reason), "{members}: {error}");
    }
    assert!(
        build(&json!("a key"))
            .expect_err("no key")
            .contains("not a JSON object")
    );
}

/// As Keycloak publishes them with every algorithm turned on: one id of each is enough.
#[test]
fn one_unusable_key_takes_no_other_along() {
    let (one, other) = (SigningKey::p256("same"), SigningKey::p256("same"));
    let keys = json!({ "keys": [
        { "kty": "OKP", "alg": "EdDSA", "use": "sig", "crv": "Ed448", "kid": "a", "x": "2XXJ" },
        { "kty": "EC", "alg": "ES512", "use": "sig", "crv": "P-521", "kid": "b", "x": "AA", "y": "AA" },
        { "kty": "EC", "alg": "RS256", "use": "enc", "crv": "P-256", "kid": "c", "x": "AA", "y": "AA" },
        null,
        one.jwk(),
        other.jwk(),
    ] });
    let keys: JwkSet = serde_json::from_value(keys).expect("a key set");
    let builder = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(ISSUER).jwks(keys));
    let verifier = builder.build().expect("two keys");
    for key in [&one, &other] {
        assert_eq!(ask_now(&verifier, &key.token()), Ok(()), "keys share an id");
    }
}

/// Whoever has read a private key can sign under its public key.
#[test]
fn a_published_private_key_takes_its_public_key_along() {
    let other = SigningKey::p384("other");
    for key in [
        SigningKey::rsa("1"),
        SigningKey::p256("1"),
        SigningKey::ed25519("1"),
    ] {
        let name = key.algorithm();
        let mut public = key.jwk();
        let mut private = with(&public, &json!({ "d": "AQAB" }));
        let mut cases = vec![("the same", private.clone())];
        private["kid"] = "2".into();
        cases.push(("another id", private.clone()));
        cases.push(("for encryption", with(&private, &json!({ "use": "enc" }))));
        cases.push(("unusable", with(&private, &json!({ "alg": "none" }))));
        cases.push((
            "without the public part",
            json!({ "kty": public["kty"], "kid": "1", "d": "AQAB" }),
        ));
        if name == "RS256" {
            let factors = json!({ "d": null, "p": "AQAB", "q": "AQAB" });
            cases.push(("factors", with(&private, &factors)));
            cases.push(("another exponent", with(&private, &json!({ "e": "Aw" }))));
        }
        for (case, private) in cases {
            for keys in [
                [other.jwk(), private.clone(), public.clone()],
                [public.clone(), private, other.jwk()],
            ] {
                let keys: JwkSet = serde_json::from_value(json!({ "keys": keys })).expect("a set");
                let issuer = Issuer::new(ISSUER).jwks(keys);
                let verifier = JwtVerifier::builder(RESOURCE).issuer(issuer).build();
                let verifier = std::sync::Arc::new(verifier.expect("one key"));
                assert!(
                    super::ask(&verifier, &key.token()).is_err(),
                    "{name}, {case}"
                );
                assert!(
                    super::ask(&verifier, &other.token()).is_ok(),
                    "{name}, {case}"
                );
            }
        }
        // In a set that is larger than what is read of it.
        public["kid"] = "1".into();
        let mut keys = vec![public, other.jwk()];
        keys.extend((0..200).map(|_| json!({})));
        keys.push(private);
        let keys: JwkSet = serde_json::from_value(json!({ "keys": keys })).expect("a set");
        let builder = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(ISSUER).jwks(keys));
        let verifier = builder.build().expect("one key");
        assert!(ask_now(&verifier, &key.token()).is_err(), "{name}");
    }
}

#[test]
fn generated_keys_are_on_their_curve() {
    let generate = [
        SigningKey::p256 as fn(&str) -> SigningKey,
        SigningKey::p384,
        SigningKey::ed25519,
    ];
    for generate in generate {
        for _ in 0..200 {
            assert!(build(&generate("1").jwk()).is_ok());
        }
    }
    for (key, member) in [
        (SigningKey::p256("1"), "y"),
        (SigningKey::p256("1"), "x"),
        (SigningKey::p384("1"), "y"),
        (SigningKey::p384("1"), "x"),
    ] {
        let mut changed = bytes(&key.jwk(), member);
        *changed.last_mut().expect("a byte") ^= 1;
        for value in [base64url(&changed), base64url(vec![0xff; changed.len()])] {
            let error = build(&with(&key.jwk(), &json!({ member: value }))).expect_err("no key");
            assert!(error.contains("not on the curve"), "{error}");
        }
    }
}
