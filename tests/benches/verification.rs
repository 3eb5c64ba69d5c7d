//! A JWT access token, from its text to the scopes it grants, against jsonwebtoken's own `decode`.

use std::hint::black_box;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use scopes_core::PresentedToken;
use scopes_core::jwt::{Issuer, JwkSet, JwtVerifier};
use scopes_core::token::verify_at_once;
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey};
use scopes_tests::measure::Comparison;
use serde::Deserialize;
use serde_json::json;

const TARGET: f64 = 1.05;

/// The claims that the verifier reads, too.
#[derive(Deserialize)]
#[allow(dead_code, reason = "what is read is part of the cost")]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    client_id: String,
    exp: u64,
    iat: u64,
    jti: String,
    scope: String,
    email: String,
}

fn main() {
    println!("verification: ratios to jsonwebtoken with a key that is parsed before");
    let cases: [(SigningKey, Algorithm, &'static dyn VerificationAlgorithm); 3] = [
        (
            SigningKey::rsa("1"),
            Algorithm::RS256,
            &RSA_PKCS1_2048_8192_SHA256,
        ),
        (
            SigningKey::p256("1"),
            Algorithm::ES256,
            &ECDSA_P256_SHA256_FIXED,
        ),
        (SigningKey::ed25519("1"), Algorithm::EdDSA, &ED25519),
    ];
    for (key, algorithm, signature) in cases {
        compare(&key, algorithm, signature);
    }
}

#[allow(clippy::expect_used, reason = "a benchmark may panic")]
fn compare(
    key: &SigningKey,
    algorithm: Algorithm,
    verification: &'static dyn VerificationAlgorithm,
) {
    let token = key.token();
    let header = format!("Bearer {token}");
    let jwk = serde_json::from_value(key.jwk()).expect("a JWK");
    let decoding_key = DecodingKey::from_jwk(&jwk).expect("a key");
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[RESOURCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    validation.validate_nbf = true;

    let keys: JwkSet = serde_json::from_value(json!({ "keys": [key.jwk()] })).expect("keys");
    let verifier = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(ISSUER).jwks(keys));
    let verifier = verifier.build().expect("valid settings");

    let (message, signature) = token.rsplit_once('.').expect("a signature");
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    let public = UnparsedPublicKey::new(verification, key.public_der());
    let parsed = ParsedPublicKey::new(verification, key.public_der()).expect("a key");

    Comparison::new(format!("{algorithm:?}, a token of {} bytes", token.len()))
        .case("jsonwebtoken", || {
            decode::<Claims>(black_box(&token), &decoding_key, &validation).expect("good")
        })
        .within(TARGET, "JwtVerifier, the header read, and scopes", || {
            let token = PresentedToken::from_authorization([black_box(&header)]);
            let token = token.expect("well-formed").expect("a token");
            verify_at_once(&verifier, token)
                .expect("at once")
                .expect("good")
        })
        .case("the signature alone, its key parsed each time", || {
            let message = black_box(message).as_bytes();
            public.verify(message, &signature).expect("good");
        })
        .case("the signature alone, its key parsed once", || {
            let message = black_box(message).as_bytes();
            parsed.verify_sig(message, &signature).expect("good");
        })
        .print();
}
