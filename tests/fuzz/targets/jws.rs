//! Header and claims of a JWT: a token that is accepted has the signature of the issuer's key, and
//! says what another reader finds acceptable.
//!
//! The first byte says who signs. The header ends at the first line break.

#![no_main]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::{Corpus, fuzz_target};
use scopes_core::jwt::{Issuer, JwkSet, JwtVerifier, Profile};
use scopes_core::testing::{SigningAlgorithm, SigningKey};
use scopes_core::tower::ProtectLayer;
use scopes_fuzz::verified::{ISSUER, RESOURCE, may_be_accepted, protect, send};
use serde_json::{Value, json};

struct Site {
    ours: SigningKey,
    ours_too: SigningKey,
    foreign: SigningKey,
    /// The default profile, and RFC 9068.
    layers: [ProtectLayer<JwtVerifier>; 2],
}

static SITE: LazyLock<Site> = LazyLock::new(|| {
    let key = |algorithm, kid| SigningKey::generate(algorithm, kid).expect("randomness");
    let ours = key(SigningAlgorithm::Es256, "a");
    let ours_too = key(SigningAlgorithm::EdDsa, "b");
    let set = json!({ "keys": [ours.jwk(), ours_too.jwk()] });
    let set: JwkSet = serde_json::from_value(set).expect("a key set");
    let layer = |profile| {
        let issuer = Issuer::new(ISSUER).profile(profile).jwks(set.clone());
        let verifier = JwtVerifier::builder(RESOURCE).issuer(issuer).build();
        protect(verifier.expect("valid settings"))
    };
    Site {
        layers: [layer(Profile::default()), layer(Profile::at_jwt())],
        foreign: key(SigningAlgorithm::Es256, "a"),
        ours,
        ours_too,
    }
});

/// Whether the header is of a JWS with this key's signature (RFC 7515 section 4).
fn is_header_of(header: &Value, key: &SigningKey) -> bool {
    let is_absent = |name: &str| header.get(name).is_none_or(Value::is_null);
    let typ = header["typ"].as_str().map(str::to_ascii_lowercase);
    header["alg"].as_str().is_some_and(|alg| {
        alg == key.algorithm().name() || (alg == "Ed25519" && key.algorithm().name() == "EdDSA")
    }) && (is_absent("kid") || header["kid"] == key.jwk()["kid"])
        && ["crit", "b64", "enc", "zip"].into_iter().all(is_absent)
        && (is_absent("typ")
            || matches!(
                typ.as_deref(),
                Some("at+jwt" | "application/at+jwt" | "jwt")
            ))
}

/// Whether this is a token of RFC 9068 in its plainest form, which every profile accepts.
fn is_plain(header: &Value, claims: &Value, key: &SigningKey) -> bool {
    let Some(members) = claims.as_object() else {
        return false;
    };
    let names = ["iss", "sub", "aud", "client_id", "iat", "exp", "jti"];
    let texts = ["iss", "sub", "aud", "client_id", "jti"];
    let is_text = |name: &&str| claims[*name].as_str().is_some_and(|it| !it.is_empty());
    *header == key.header()
        && members.len() == names.len()
        && texts.iter().all(|name| is_text(name))
        && claims["iss"] == ISSUER
        && claims["aud"] == RESOURCE
        && claims["sub"] != claims["client_id"]
        && claims["iat"] == 1_700_000_000
        && claims["exp"] == 4_102_444_800_u64
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some((who, rest)) = data.split_first() else {
        return Corpus::Reject;
    };
    let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
        return Corpus::Reject;
    };
    let (header, claims) = (&rest[..end], &rest[end + 1..]);
    let (texts, signer) = (
        (std::str::from_utf8(header), std::str::from_utf8(claims)),
        match who {
            b'a' => Some(&SITE.ours),
            b'b' => Some(&SITE.ours_too),
            b'f' => Some(&SITE.foreign),
            _ => None,
        },
    );
    let token = match (texts, signer) {
        ((Ok(header), Ok(claims)), Some(key)) => key.sign(header, claims).expect("randomness"),
        _ => format!(
            "{}.{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims),
            URL_SAFE_NO_PAD.encode([*who; 64]),
        ),
    };
    let read = |text: &[u8]| serde_json::from_slice::<Value>(text).unwrap_or_default();
    let (header, claims) = (read(header), read(claims));
    let ours = [&SITE.ours, &SITE.ours_too];
    let signer = signer.filter(|key| ours.iter().any(|ours| std::ptr::eq(*key, *ours)));
    for layer in &SITE.layers {
        let accepted = send(layer, &token).status == 200;
        let Some(key) = signer else {
            assert!(!accepted, "{token}");
            continue;
        };
        let may = is_header_of(&header, key)
            && may_be_accepted(&claims)
            && claims["iss"] == ISSUER
            && claims["exp"].is_number();
        assert!(!accepted || may, "{header} {claims}");
        assert!(
            accepted || !is_plain(&header, &claims, key) || has_duplicate(rest, &header, &claims),
            "{header} {claims}"
        );
    }
    Corpus::Keep
});

/// Whether the text says more than what is read of it: a member that stands twice is refused.
fn has_duplicate(text: &[u8], header: &Value, claims: &Value) -> bool {
    let colons = |text: &[u8]| text.iter().filter(|byte| **byte == b':').count();
    colons(text) != colons(header.to_string().as_bytes()) + colons(claims.to_string().as_bytes())
}
