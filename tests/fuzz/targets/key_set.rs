//! A JWK set: a token is accepted only if the set, read in another way, has a key for its signature.
//!
//! `$A`, `$B` and `$C` in the document stand for the material of the keys that sign: the coordinates
//! of a P-256 point, and an Ed25519 key.

#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use libfuzzer_sys::{Corpus, fuzz_target};
use scopes_core::fetch::FetchResponse;
use scopes_core::jwt::{Issuer, JwtVerifier};
use scopes_core::testing::{SigningAlgorithm, SigningKey};
use scopes_fuzz::verified::{ISSUER, Memory, RESOURCE, protect, send};
use serde_json::{Value, json};

struct Signed {
    /// The key as it would stand in a set.
    jwk: Value,
    /// The header's `kid`, and the token.
    tokens: [(Option<&'static str>, String); 2],
}

static SIGNED: LazyLock<[Signed; 2]> = LazyLock::new(|| {
    [SigningAlgorithm::Es256, SigningAlgorithm::EdDsa].map(|algorithm| {
        let key = SigningKey::generate(algorithm, "k").expect("randomness");
        let claims = json!({
            "iss": ISSUER, "aud": RESOURCE, "sub": "ada", "client_id": "client", "jti": "1",
            "iat": 1_700_000_000, "exp": 4_102_444_800_u64,
        });
        let named = key.header();
        let nameless = json!({ "alg": named["alg"], "typ": "at+jwt" });
        let token = |header: &Value| {
            let token = key.sign(&header.to_string(), &claims.to_string());
            token.expect("randomness")
        };
        Signed {
            jwk: key.jwk(),
            tokens: [(Some("k"), token(&named)), (None, token(&nameless))],
        }
    })
});

/// Reads base64url with or without padding, whatever the unused bits are.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn bytes(value: &Value) -> Option<Vec<u8>> {
    let text = value.as_str()?.replace('+', "-").replace('/', "_");
    let bytes = LENIENT.decode(text).ok()?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    Some(bytes[zeros..].to_vec())
}

/// Whether the entry of a set is this key, for signatures of its algorithm (RFC 7517 section 4).
fn is_usable(entry: &Value, key: &Value, kid: Option<&str>) -> bool {
    // An empty member says as little as one that is left out.
    let is_absent = |name: &str| {
        let member = entry.get(name).unwrap_or(&Value::Null);
        [Value::Null, json!(""), json!([])].contains(member)
    };
    let same = |name: &str| bytes(&entry[name]).is_some_and(|it| Some(it) == bytes(&key[name]));
    let operations = entry["key_ops"].as_array();
    entry["kty"] == key["kty"]
        && entry["crv"] == key["crv"]
        && same("x")
        && (key["kty"] != "EC" || same("y"))
        && (is_absent("alg")
            || entry["alg"] == key["alg"]
            || (entry["alg"] == "Ed25519" && key["alg"] == "EdDSA"))
        && (is_absent("use") || entry["use"] == "sig")
        && (is_absent("key_ops")
            || operations.is_some_and(|all| all.iter().any(|it| it == "verify")))
        && kid.is_none_or(|kid| entry["kid"] == kid)
}

/// Whether the set is this one key and nothing else.
fn is_alone(set: &Value, text: &str, key: &Value) -> bool {
    text.starts_with('{')
        && *set == json!({ "keys": [key] })
        && text.matches(':').count() == set.to_string().matches(':').count()
}

fuzz_target!(|text: &str| -> Corpus {
    let [ec, okp] = &*SIGNED;
    let material = |jwk: &Value, name: &str| jwk[name].as_str().unwrap_or_default().to_owned();
    let text = text
        .replace("$A", &material(&ec.jwk, "x"))
        .replace("$B", &material(&ec.jwk, "y"))
        .replace("$C", &material(&okp.jwk, "x"));
    let set: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap_or_default();
    let served = text.clone();
    let fetch = Memory::new(move |_| Some(FetchResponse::new(200, served.as_str())));
    let issuer = Issuer::new(ISSUER).jwks_url("https://auth.example.com/jwks");
    let verifier = JwtVerifier::builder(RESOURCE)
        .issuer(issuer)
        .unknown_key_interval(Duration::ZERO)
        .cooldown(Duration::ZERO)
        .discover_lazily(fetch);
    let layer = protect(verifier.expect("valid settings"));
    let entries = set["keys"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    for signed in &*SIGNED {
        for (kid, token) in &signed.tokens {
            let accepted = send(&layer, token).status == 200;
            let usable = entries
                .iter()
                .any(|entry| is_usable(entry, &signed.jwk, *kid));
            assert!(!accepted || usable, "{text}");
            assert!(accepted || !is_alone(&set, &text, &signed.jwk), "{text}");
        }
    }
    Corpus::Keep
});
