//! What a start logs, and what it leaves to its caller.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rmcp::ServerHandler;
use scopes_core::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
use scopes_core::jwt::{Issuer, JwtVerifier};
use scopes_core::rmcp::validate;
use scopes_core::{Registry, scoped_handler};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, Site};

use crate::story::{listen, log};

/// Answers after a while.
struct Slow(Site, Duration);

impl Fetch for Slow {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        tokio::time::sleep(self.1).await;
        self.0.fetch(request).await
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_first_answer_is_logged_and_waited_for() {
    listen();
    let key = SigningKey::ed25519("1");
    let discover = |each| {
        let site = Slow(Site::with_keys(&[&key]), Duration::from_millis(each));
        JwtVerifier::builder(RESOURCE)
            .issuer(Issuer::new(ISSUER))
            .discover(site)
    };
    for (each, is_logged) in [(100, false), (700, true)] {
        let before = log().len();
        discover(each).await.expect("keys");
        let log = log().split_off(before);
        let mut lines = log.lines();
        let line = lines.find(|line| line.contains("the start waits for the first answer"));
        assert_eq!(line.is_some(), is_logged, "{each}: {log}");
        if let Some(line) = line {
            assert!(line.contains(" WARN ") && line.contains(ISSUER), "{line}");
            assert!(line.contains("start.seconds=14"), "{line}");
        }
    }
}

#[tokio::test]
async fn the_failure_of_a_start_is_returned_and_not_logged() {
    listen();
    let settings = || JwtVerifier::builder(RESOURCE).issuer(Issuer::new(ISSUER));
    let before = log().len();
    let error = settings().discover(Site::default()).await;
    assert!(
        error
            .expect_err("no keys")
            .to_string()
            .contains("answers 404")
    );
    let logged = log().split_off(before);
    assert!(!logged.contains(" WARN "), "{logged}");
}

/// Never answers the first request, and fails at once afterwards.
#[derive(Default)]
struct Hanging(AtomicBool);

impl Fetch for Hanging {
    async fn fetch(&self, _: FetchRequest) -> Result<FetchResponse, FetchError> {
        if !self.0.swap(true, Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        Err(FetchError::new("is down"))
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

#[tokio::test]
async fn an_explanation_that_is_given_up_leaves_nothing_behind() {
    listen();
    let timeout = Duration::from_millis(200);
    let verifier = JwtVerifier::builder(RESOURCE)
        .issuer(Issuer::new(ISSUER))
        .timeout(timeout)
        .discover_lazily(Hanging::default())
        .expect("valid settings");
    let token = SigningKey::ed25519("1").token();
    let explained = tokio::time::timeout(timeout / 4, verifier.explain(&token)).await;
    assert!(explained.is_err(), "nobody answers");
    tokio::time::sleep(timeout).await;

    let before = log().len();
    let asked = tokio::time::timeout(timeout, verifier.until_ready()).await;
    assert!(asked.is_err(), "the server is down");
    let logged = log().split_off(before);
    let mut lines = logged.lines();
    let line = lines.find(|line| line.contains(" WARN ") && line.contains("is down"));
    assert!(line.is_some(), "{logged}");
}

#[derive(Clone)]
struct Empty;

#[scoped_handler(server = "empty")]
impl ServerHandler for Empty {}

/// A server without prompts, resources and skills says so to a client, which is no fault.
#[tokio::test]
async fn the_check_of_a_handler_logs_no_warning() {
    listen();
    let before = log().len();
    let registry = Registry::of_program().of_server("empty");
    validate(Empty, &registry).await.expect("nothing is served");
    tokio::task::yield_now().await;
    let logged = log().split_off(before);
    for level in [" WARN ", " ERROR "] {
        assert!(!logged.contains(level), "{logged}");
    }
}
