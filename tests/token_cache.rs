//! The cache of answers: what is remembered, for how long, and what is never mixed up.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::{Duration, SystemTime};

use futures::executor::block_on;
use futures::future::join_all;
use scopes_core::cache::CachedVerifier;
use scopes_core::token::{AcceptToken, Rejection, VerifyTokenError, verify, verify_at_once};
use scopes_core::{Claims, PresentedToken, TokenVerifier, VerifiedToken};

/// Accepts what begins with `good`, with the lifetime after the comma; counts how often it is
/// asked.
#[derive(Default)]
struct Counting {
    waits: bool,
    asked: AtomicUsize,
    epoch: Arc<AtomicU64>,
    gate: Mutex<Option<Vec<Waker>>>,
}

impl Counting {
    fn answer(
        &self,
        token: &str,
        accept: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if token.starts_with("down") {
            return Err(VerifyTokenError::Unavailable {
                retry_after: Duration::from_secs(60),
            });
        }
        if !token.starts_with("good") {
            return Err(Rejection::Unknown.into());
        }
        let mut claims = Claims::default();
        claims.subject = Some(token.to_owned());
        claims.expires_at = token
            .split_once('_')
            .and_then(|(_, lifetime)| lifetime.parse().ok())
            .map(|milliseconds| SystemTime::now() + Duration::from_millis(milliseconds));
        let (epoch, current) = (self.epoch.load(Ordering::SeqCst), Arc::clone(&self.epoch));
        Ok(accept.token_while(claims, move |_| current.load(Ordering::SeqCst) == epoch))
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Opens the gate that answers wait at.
    fn open(&self) {
        let waiting = self.gate.lock().expect("not poisoned").take();
        waiting.into_iter().flatten().for_each(Waker::wake);
    }
}

impl TokenVerifier for Counting {
    async fn verify(
        &self,
        token: PresentedToken<'_>,
        accept: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        poll_fn(
            |context| match self.gate.lock().expect("not poisoned").as_mut() {
                Some(waiting) => {
                    waiting.push(context.waker().clone());
                    Poll::Pending
                }
                None => Poll::Ready(()),
            },
        )
        .await;
        self.answer(token.as_str(), accept)
    }

    fn verify_at_once(
        &self,
        token: PresentedToken<'_>,
        accept: AcceptToken<'_>,
    ) -> Option<Result<VerifiedToken, VerifyTokenError>> {
        (!self.waits).then(|| self.answer(token.as_str(), accept))
    }

    fn may_remember_rejections(&self) -> bool {
        self.waits
    }
}

fn counting() -> Arc<Counting> {
    Arc::default()
}

fn waiting() -> Arc<Counting> {
    Arc::new(Counting {
        waits: true,
        ..Counting::default()
    })
}

/// Asks as the layer does; the subject of the token on success.
fn ask<V: TokenVerifier>(verifier: &V, token: &str) -> Result<String, VerifyTokenError> {
    let header = format!("Bearer {token}");
    let token = PresentedToken::from_authorization([&header])
        .expect("well-formed")
        .expect("a token");
    let token = block_on(verify(verifier, token))?;
    Ok(token.subject().unwrap_or_default().to_owned())
}

#[test]
fn a_good_token_is_verified_once() {
    for counting in [counting(), waiting()] {
        let cached = CachedVerifier::new(Arc::clone(&counting));
        for _ in 0..5 {
            assert_eq!(ask(&cached, "good"), Ok("good".to_owned()));
        }
        assert_eq!((counting.asked(), cached.len()), (1, 1));
    }
}

#[test]
fn after_the_first_answer_nothing_is_waited_for() {
    let cached = CachedVerifier::new(waiting());
    let header = "Bearer good";
    let token = PresentedToken::from_authorization([header])
        .expect("well-formed")
        .expect("a token");
    assert!(verify_at_once(&cached, token).is_none());
    assert!(ask(&cached, "good").is_ok());
    assert!(verify_at_once(&cached, token).is_some_and(|answer| answer.is_ok()));
}

#[test]
fn tokens_are_told_apart_to_the_last_byte() {
    let cached = CachedVerifier::new(counting());
    let long = "x".repeat(2000);
    let tokens: Vec<_> = (0..200)
        .map(|number| format!("good{long}{number:03}"))
        .collect();
    for _ in 0..2 {
        for token in &tokens {
            assert_eq!(ask(&cached, token).as_ref(), Ok(token));
        }
    }
}

#[test]
fn nothing_is_remembered_past_the_token_s_end() {
    let counting = counting();
    let cached = CachedVerifier::new(Arc::clone(&counting));
    assert!(ask(&cached, "good_60000").is_ok() && ask(&cached, "good_60000").is_ok());
    assert_eq!(counting.asked(), 1);

    assert!(ask(&cached, "good_0").is_ok() && ask(&cached, "good_0").is_ok());
    assert_eq!(
        counting.asked(),
        3,
        "a token that has ended is verified each time"
    );

    assert!(ask(&cached, "good_40").is_ok());
    std::thread::sleep(Duration::from_millis(60));
    assert!(ask(&cached, "good_40").is_ok());
    assert_eq!(counting.asked(), 5);
}

#[test]
fn nothing_is_remembered_longer_than_said() {
    for counting in [counting(), waiting()] {
        let cached = CachedVerifier::new(Arc::clone(&counting)).max_age(Duration::ZERO);
        assert!(ask(&cached, "good").is_ok() && ask(&cached, "good_60000").is_ok());
        assert!(ask(&cached, "good").is_ok() && ask(&cached, "good_60000").is_ok());
        assert_eq!(counting.asked(), 4);
    }
}

#[test]
fn the_longest_durations_mean_for_ever() {
    for counting in [counting(), waiting()] {
        let cached = CachedVerifier::new(Arc::clone(&counting))
            .max_age(Duration::MAX)
            .max_rejection_age(Duration::MAX);
        for token in ["good", "good_60000"] {
            assert!(ask(&cached, token).is_ok() && ask(&cached, token).is_ok());
        }
        assert_eq!(counting.asked(), 2);
    }
}

#[test]
fn a_key_that_goes_takes_its_tokens_along() {
    for counting in [counting(), waiting()] {
        let cached = CachedVerifier::new(Arc::clone(&counting));
        assert!(ask(&cached, "good").is_ok() && ask(&cached, "good").is_ok());
        counting.epoch.fetch_add(1, Ordering::SeqCst);
        assert!(ask(&cached, "good").is_ok() && ask(&cached, "good").is_ok());
        assert_eq!(counting.asked(), 2);
    }
}

#[test]
fn refusals_are_remembered_where_finding_out_took_a_request() {
    let at_once = counting();
    let cached = CachedVerifier::new(Arc::clone(&at_once));
    assert!(ask(&cached, "bad").is_err() && ask(&cached, "bad").is_err());
    assert_eq!(
        (at_once.asked(), cached.len()),
        (2, 0),
        "strangers fill no memory"
    );

    let remote = waiting();
    let cached = CachedVerifier::new(Arc::clone(&remote));
    let refused = Err(VerifyTokenError::from(Rejection::Unknown));
    assert_eq!(ask(&cached, "bad"), refused);
    assert_eq!(ask(&cached, "bad"), refused);
    assert_eq!(remote.asked(), 1);

    let remote = waiting();
    let cached = CachedVerifier::new(Arc::clone(&remote)).max_rejection_age(Duration::ZERO);
    assert_eq!(ask(&cached, "bad"), refused);
    assert_eq!(ask(&cached, "bad"), refused);
    assert_eq!(remote.asked(), 2);
}

#[test]
fn requests_with_the_same_token_wait_for_one_answer() {
    for (token, is_good) in [("good", true), ("bad", false), ("down", false)] {
        let remote = waiting();
        *remote.gate.lock().expect("not poisoned") = Some(Vec::new());
        let cached = CachedVerifier::new(Arc::clone(&remote));
        let header = format!("Bearer {token}");
        let token = PresentedToken::from_authorization([&header])
            .expect("well-formed")
            .expect("a token");
        let requests = join_all((0..50).map(|_| verify(&cached, token)));
        let opener = async { remote.open() };
        let (answers, ()) = block_on(futures::future::join(requests, opener));
        assert!(answers.iter().all(|answer| answer.is_ok() == is_good));
        assert_eq!(remote.asked(), 1, "{header}");
    }
}

#[test]
fn a_request_that_is_given_up_does_not_block_others() {
    let remote = waiting();
    *remote.gate.lock().expect("not poisoned") = Some(Vec::new());
    let cached = CachedVerifier::new(Arc::clone(&remote));
    let token = PresentedToken::from_authorization(["Bearer good"])
        .expect("well-formed")
        .expect("a token");
    let mut given_up = Box::pin(verify(&cached, token));
    let mut context = std::task::Context::from_waker(Waker::noop());
    assert!(given_up.as_mut().poll(&mut context).is_pending());
    drop(given_up);
    remote.open();
    assert!(ask(&cached, "good").is_ok());
}

#[test]
fn memory_has_a_bound() {
    let counting = counting();
    let cached = CachedVerifier::new(Arc::clone(&counting)).max_bytes(1 << 20);
    let long = "x".repeat(3000);
    for number in 0..5000 {
        assert!(ask(&cached, &format!("good{number}{long}")).is_ok());
    }
    assert!(
        cached.len() <= 256,
        "{} answers of 4 KiB in 1 MiB",
        cached.len()
    );
    assert!(!cached.is_empty());
}

/// Rejects every token for its audiences, as the answer about a token can name any number of them.
struct Audiences(Vec<String>);

impl TokenVerifier for Audiences {
    async fn verify(
        &self,
        _: PresentedToken<'_>,
        _: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        let rejection = Rejection::WrongAudience {
            claim: "aud".into(),
            actual: self.0.clone(),
            expected: vec!["https://mcp.example.com/mcp".to_owned()],
            setting: "IntrospectionVerifierBuilder::audience",
        };
        std::future::ready(Err(rejection.into())).await
    }

    fn may_remember_rejections(&self) -> bool {
        true
    }
}

#[test]
fn what_a_rejection_holds_counts() {
    let long = vec!["x".repeat(16 << 10)];
    let many = vec![String::new(); 1000];
    for audiences in [long, many] {
        let cached = CachedVerifier::new(Audiences(audiences))
            .max_bytes(1 << 20)
            .max_rejection_age(Duration::from_secs(3600));
        for number in 0..500 {
            assert!(ask(&cached, &format!("token{number}")).is_err());
        }
        assert!(!cached.is_empty());
        assert!(
            cached.len() <= 64,
            "{} answers of 16 KiB in 1 MiB",
            cached.len()
        );
    }
}
