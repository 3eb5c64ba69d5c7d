//! More revocations than there is room for.

use std::time::Duration;

use scopes_core::revocation::{Revocation, Revocations};
use scopes_core::testing::Clock;
use scopes_tests::issuer::ISSUER;
use serde_json::json;

use crate::site::{Issuers, OTHER_ISSUER, later, protect, revoke, status};

#[tokio::test]
async fn one_too_many_revokes_what_was_issued_until_then() {
    let issuers = Issuers::new();
    let token = |number: u32| issuers.token(json!({ "sub": "ada", "jti": number.to_string() }));
    let of_bob = issuers.token(json!({ "sub": "bob", "iss": OTHER_ISSUER }));
    let revocations = Revocations::builder().max_revocations(3).build();
    let protect = protect(issuers.verifier().await, &revocations);
    for number in 0..3 {
        // The same again takes no room.
        for _ in 0..2 {
            revoke(&revocations, Revocation::token(&token(number))).await;
        }
    }
    assert_eq!(status(&protect, &of_bob).await, 200);
    revoke(&revocations, Revocation::token(&token(3))).await;
    for number in 0..5 {
        assert_eq!(status(&protect, &token(number)).await, 401, "{number}");
    }
    assert_eq!(status(&protect, &of_bob).await, 401);
    // New tokens are accepted, and there is room again.
    let _clock = later();
    let new = ["ada", "bob"].map(|subject| issuers.later_token(subject));
    for token in &new {
        assert_eq!(status(&protect, token).await, 200);
    }
    revoke(&revocations, Revocation::token(&new[0])).await;
    assert_eq!(status(&protect, &new[0]).await, 401);
    assert_eq!(status(&protect, &new[1]).await, 200);
}

#[tokio::test]
async fn revocations_that_have_ended_make_room() {
    let issuers = Issuers::new();
    let revocations = Revocations::builder().max_revocations(3).build();
    let protect = protect(issuers.verifier().await, &revocations);
    for number in 0..3 {
        let revocation = Revocation::subject(ISSUER, &number.to_string());
        revoke(&revocations, revocation).await;
    }
    let clock = Clock::start();
    clock.advance(Duration::from_secs(25 * 60 * 60));
    let day = 25 * 60 * 60;
    let now = scopes_tests::issuer::now_plus(day);
    let token =
        |subject: &str| issuers.token(json!({ "sub": subject, "iat": now - 1, "exp": now + 600 }));
    let (ada, bob) = (token("ada"), token("bob"));
    revoke(&revocations, Revocation::subject(ISSUER, "ada")).await;
    assert_eq!(status(&protect, &ada).await, 401);
    assert_eq!(status(&protect, &bob).await, 200);
}
