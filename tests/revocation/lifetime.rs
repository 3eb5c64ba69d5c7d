//! A revocation lasts for as long as the tokens that it concerns.

use std::time::Duration;

use scopes_core::revocation::{Revocation, Revocations};
use scopes_core::testing::Clock;
use scopes_tests::issuer::{ISSUER, now_plus};
use serde_json::{Value, json};

use crate::site::{Issuers, protect, revoke, status};

const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;

#[tokio::test]
async fn a_token_that_could_outlive_its_revocation_is_rejected() {
    let issuers = Issuers::new();
    // `iat` and `exp` from now, and the status by default and with a longer lifetime.
    let cases = [
        (Some(-10), 600, 200, 200),
        (Some(-10), DAY - 10, 200, 200),
        // Longer than a day, and still in its first day.
        (Some(-10), 30 * DAY, 200, 200),
        (Some(-DAY + 60), 60 * DAY, 200, 200),
        (Some(-DAY - 60), 600, 401, 200),
        (Some(-DAY - 60), 30 * DAY, 401, 200),
        (Some(-50 * DAY), 600, 401, 401),
        // Of unknown age.
        (None, 600, 200, 200),
        (None, DAY - 60, 200, 200),
        (None, DAY + 60, 401, 200),
        (None, 50 * DAY, 401, 401),
    ];
    for (iat, exp, by_default, with_longer) in cases {
        let iat = iat.map_or(Value::Null, |iat| now_plus(iat).into());
        let token = issuers.token(json!({ "iat": iat, "exp": now_plus(exp) }));
        let longer = Duration::from_secs(40 * 24 * 60 * 60);
        let longer = Revocations::builder().max_token_lifetime(longer).build();
        for (revocations, expected) in [(Revocations::new(), by_default), (longer, with_longer)] {
            let protect = protect(issuers.verifier().await, &revocations);
            // Verified, and from the cache.
            for _ in 0..2 {
                let status = status(&protect, &token).await;
                assert_eq!(status, expected, "iat {iat}, exp {exp}");
            }
        }
    }
}

/// The clock of the authorization server is ahead, so that a revocation would not concern its tokens.
#[tokio::test]
async fn a_token_from_the_future_is_rejected() {
    let issuers = Issuers::new();
    let minute = Duration::from_secs(60);
    let minute = Revocations::builder().clock_leeway(minute).build();
    let usual = Revocations::new();
    for (iat, by_default, within_a_minute) in [
        (0, 200, 200),
        (8, 200, 200),
        (13, 401, 200),
        (50, 401, 200),
        (HOUR, 401, 401),
    ] {
        let token = issuers.token(json!({ "iat": now_plus(iat), "exp": now_plus(2 * HOUR) }));
        for (revocations, expected) in [(&usual, by_default), (&minute, within_a_minute)] {
            let protect = protect(issuers.verifier().await, revocations);
            for _ in 0..2 {
                assert_eq!(status(&protect, &token).await, expected, "{iat}");
            }
        }
    }
}

/// From the revocation to far behind the end of every token, none is accepted again.
#[tokio::test]
async fn no_token_comes_back_when_its_revocation_ends() {
    let issuers = Issuers::new();
    let of = |subject: &str, iat: Value, exp| {
        issuers.token(json!({ "sub": subject, "iat": iat, "exp": now_plus(exp) }))
    };
    let tokens = [
        of("short", now_plus(-1).into(), 600),
        of("day", now_plus(0).into(), DAY),
        of("month", now_plus(0).into(), 30 * DAY),
        of("ageless", Value::Null, DAY - 1),
        of("ahead", now_plus(3).into(), 30 * DAY),
    ];
    let revocations = Revocations::new();
    let protect = protect(issuers.verifier().await, &revocations);
    for token in &tokens[..2] {
        revoke(&revocations, Revocation::token(token)).await;
    }
    for subject in ["month", "ageless", "ahead"] {
        revoke(&revocations, Revocation::subject(ISSUER, subject)).await;
    }
    let clock = Clock::start();
    for quarter in 0..4 * 50 {
        for token in &tokens {
            assert_eq!(
                status(&protect, token).await,
                401,
                "after {quarter} quarters"
            );
        }
        clock.advance(Duration::from_secs(15 * 60));
    }
}

#[tokio::test]
async fn the_answer_says_until_when_a_revocation_lasts() {
    let revocations = Revocations::new();
    let until = revocations.revoke(Revocation::token("token")).await;
    let until = until.expect("revoked");
    let lasts = until.duration_since(std::time::SystemTime::now());
    let lasts = lasts.expect("in the future").as_secs();
    assert!((24 * 60 * 60..25 * 60 * 60).contains(&lasts), "{lasts}");
}
