//! What each kind of revocation concerns, and what it leaves alone.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use scopes_core::Claims;
use scopes_core::revocation::{Revocation, Revocations, RevokeError};
use scopes_core::testing::StaticVerifier;
use scopes_tests::issuer::{ISSUER, now_plus};
use serde_json::json;

use crate::site::{Issuers, OTHER_ISSUER, ask, later, protect, revoke, status};

#[tokio::test]
async fn each_kind_rejects_what_it_names_and_nothing_else() {
    let issuers = Issuers::new();
    let tokens = [
        issuers.token(json!({ "sub": "ada", "client_id": "one", "sid": "s1", "jti": "1" })),
        issuers.token(json!({ "sub": "ada", "client_id": "two", "sid": "s2", "jti": "2" })),
        issuers.token(json!({ "sub": "bob", "client_id": "one", "sid": "s3", "jti": "3" })),
        issuers.token(json!({
            "iss": OTHER_ISSUER, "sub": "ada", "client_id": "one", "sid": "s1", "jti": "4",
        })),
        // A service, whose subject is its client.
        issuers.token(json!({ "sub": "one", "client_id": "one", "jti": "5" })),
        issuers.token(json!({ "iss": OTHER_ISSUER, "sub": "eve", "jti": "6", "iat": null })),
    ];
    let now = SystemTime::now();
    let day_ago = now - Duration::from_secs(24 * 60 * 60);
    let cases = [
        (Revocation::token(&tokens[0]), &[0][..]),
        (Revocation::session(ISSUER, "s1"), &[0]),
        (Revocation::subject(ISSUER, "ada"), &[0, 1]),
        (Revocation::subject(OTHER_ISSUER, "ada"), &[3]),
        (Revocation::subject(ISSUER, "one"), &[4]),
        (Revocation::client(ISSUER, "one"), &[0, 2, 4]),
        (Revocation::issued_before(ISSUER, now), &[0, 1, 2, 4]),
        // A token without `iat` counts as older.
        (Revocation::issued_before(OTHER_ISSUER, day_ago), &[5]),
        // Names are compared whole, and each with its own kind.
        (Revocation::subject(ISSUER, "ad"), &[]),
        (Revocation::subject(ISSUER, "two"), &[]),
        (Revocation::client(ISSUER, "ada"), &[]),
        (Revocation::session(ISSUER, "ada"), &[]),
        (Revocation::subject("https://auth.example.com/", "ada"), &[]),
        (Revocation::token("ada"), &[]),
    ];
    for (revocation, concerned) in cases {
        let revocations = Revocations::new();
        let protect = protect(issuers.verifier().await, &revocations);
        for token in &tokens {
            assert_eq!(status(&protect, token).await, 200);
        }
        revoke(&revocations, revocation.clone()).await;
        for (place, token) in tokens.iter().enumerate() {
            let expected = if concerned.contains(&place) { 401 } else { 200 };
            let status = status(&protect, token).await;
            assert_eq!(status, expected, "{revocation:?} {place}");
        }
    }
}

#[tokio::test]
async fn a_revoked_token_is_answered_as_any_invalid_one() {
    let issuers = Issuers::new();
    let revocations = Revocations::new();
    let protect = protect(issuers.verifier().await, &revocations);
    let token = issuers.token(json!({}));
    let invalid = ask(&protect, "invalid").await;
    revoke(&revocations, Revocation::token(&token)).await;
    // Before and after the verifier has cached its answer.
    for _ in 0..2 {
        let answer = ask(&protect, &token).await;
        assert_eq!(answer, invalid);
        assert_eq!(answer.status, 401);
        assert!(
            answer.challenge.contains(r#"error="invalid_token""#),
            "{answer:?}"
        );
        assert_eq!(answer.json()["error"], "invalid_token");
    }
}

/// Whoever has a token signed by ECDSA makes a second valid signature of it without the key.
#[tokio::test]
async fn another_signature_of_a_revoked_token_is_revoked_too() {
    let issuers = Issuers::new();
    let revocations = Revocations::new();
    let protect = protect(issuers.verifier().await, &revocations);
    let token = issuers.token(json!({}));
    let (signed, signature) = token.rsplit_once('.').expect("a signature");
    let mut signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    negate(&mut signature[32..]);
    let twin = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
    assert_ne!(token, twin);
    assert_eq!(status(&protect, &twin).await, 200);
    revoke(&revocations, Revocation::token(&token)).await;
    assert_eq!(status(&protect, &twin).await, 401);
}

/// Subtracts a big-endian number from the order of the group of P-256.
fn negate(number: &mut [u8]) {
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63,
        0x25, 0x51,
    ];
    let mut borrow = false;
    for (byte, order) in number.iter_mut().zip(ORDER).rev() {
        let (difference, first) = order.overflowing_sub(*byte);
        let (difference, second) = difference.overflowing_sub(u8::from(borrow));
        *byte = difference;
        borrow = first || second;
    }
}

#[tokio::test]
async fn tokens_that_are_issued_afterwards_are_accepted() {
    let issuers = Issuers::new();
    // The clock of the authorization server may be ahead, unless the instant is given.
    for (revocation, of_ahead) in [
        (Revocation::session(ISSUER, "s1"), 401),
        (Revocation::subject(ISSUER, "ada"), 401),
        (Revocation::client(ISSUER, "client-1"), 401),
        (Revocation::issued_before(ISSUER, SystemTime::now()), 200),
    ] {
        let revocations = Revocations::new();
        let protect = protect(issuers.verifier().await, &revocations);
        revoke(&revocations, revocation.clone()).await;
        let before = issuers.token(json!({ "sid": "s1", "iat": now_plus(-1) }));
        let without = issuers.token(json!({ "sid": "s1", "iat": null, "jti": "2" }));
        assert_eq!(status(&protect, &before).await, 401, "{revocation:?}");
        assert_eq!(status(&protect, &without).await, 401, "{revocation:?}");
        let ahead = issuers.token(json!({ "sid": "s1", "iat": now_plus(2), "jti": "3" }));
        assert_eq!(status(&protect, &ahead).await, of_ahead, "{revocation:?}");
        let _clock = later();
        let after = issuers.token(json!({ "sid": "s1", "iat": now_plus(11) }));
        assert_eq!(status(&protect, &after).await, 200, "{revocation:?}");
        assert_eq!(status(&protect, &before).await, 401, "{revocation:?}");
    }
}

#[tokio::test]
async fn an_instant_in_the_future_revokes_nothing() {
    let issuers = Issuers::new();
    let revocations = Revocations::new();
    let protect = protect(issuers.verifier().await, &revocations);
    let token = issuers.token(json!({}));
    let instant = SystemTime::now() + Duration::from_secs(2);
    let revoked = revocations.revoke(Revocation::issued_before(ISSUER, instant));
    assert_eq!(revoked.await, Err(RevokeError::InFuture));
    assert_eq!(status(&protect, &token).await, 200);
}

/// Its verifier knows no issuer, such as of an introspection endpoint that was configured by its URL alone.
#[tokio::test]
async fn a_token_without_an_issuer_is_of_every_issuer() {
    let mut claims = Claims::default();
    claims.subject = Some("ada".to_owned());
    let verifier = StaticVerifier::new().token_with("token", claims);
    let revocations = Revocations::new();
    let protect = protect(verifier, &revocations);
    assert_eq!(status(&protect, "token").await, 200);
    revoke(&revocations, Revocation::subject(ISSUER, "bob")).await;
    assert_eq!(status(&protect, "token").await, 200);
    revoke(&revocations, Revocation::subject(ISSUER, "ada")).await;
    assert_eq!(status(&protect, "token").await, 401);
}

#[test]
fn nothing_of_a_token_or_a_person_is_shown() {
    let revocations = [
        Revocation::token("mF_9.B5f-4.1JqM"),
        Revocation::subject(ISSUER, "mF_9.B5f-4.1JqM"),
        Revocation::session(ISSUER, "mF_9.B5f-4.1JqM"),
    ];
    for revocation in revocations {
        let shown = format!("{revocation:?} {:?}", Revocations::new());
        assert!(!shown.contains("mF_9"), "{shown}");
    }
}
