//! Who is asked when, and how long an answer holds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
use scopes_core::reqwest::ReqwestFetch;
use scopes_core::token::verify_at_once;
use scopes_core::{PresentedToken, ResourceServer};
use scopes_tests::faulty::Reply;
use scopes_tests::issuer::{RESOURCE, now_plus};
use serde_json::json;

use crate::site::{Site, ask, fetch, is_unavailable};

#[test]
fn answers_are_remembered_for_as_long_as_said() {
    let site = Site::start();
    let builder = || site.builder().endpoint(site.server.url("/introspect"));
    let asked_for_two = |verifier: &IntrospectionVerifier<ReqwestFetch>, pause: u64| {
        let before = site.server.asked();
        let first = site.ask(verifier, "opaque");
        std::thread::sleep(Duration::from_millis(pause));
        assert_eq!(site.ask(verifier, "opaque"), first);
        site.server.asked() - before
    };
    let zero = Duration::ZERO;

    site.answer(Reply::json(&site.good()));
    assert_eq!(asked_for_two(&site.verifier(), 0), 1);
    let never = builder().max_age(zero).build(fetch()).expect("valid");
    assert_eq!(asked_for_two(&never, 0), 2);
    let short = builder().max_age(Duration::from_millis(50));
    assert_eq!(asked_for_two(&short.build(fetch()).expect("valid"), 60), 2);

    // Within the leeway, but over: such an answer is good once.
    site.answer(Reply::json(&site.with("exp", json!(now_plus(-5)))));
    assert_eq!(asked_for_two(&site.verifier(), 0), 2);

    site.answer(Reply::json(&json!({ "active": false })));
    assert_eq!(asked_for_two(&site.verifier(), 0), 1);
    let never = builder()
        .max_rejection_age(zero)
        .build(fetch())
        .expect("valid");
    assert_eq!(asked_for_two(&never, 0), 2);

    site.answer(Reply::Answer(500, String::new()));
    assert_eq!(asked_for_two(&site.verifier(), 0), 1);
    assert_eq!(asked_for_two(&site.verifier(), 1100), 2);
}

#[test]
fn refusals_of_strangers_do_not_pile_up() {
    let site = Site::start();
    site.answer(Reply::json(&json!({ "active": false })));
    let verifier = site
        .builder()
        .endpoint(site.server.url("/introspect"))
        .max_bytes(32 << 10)
        .build(fetch())
        .expect("valid settings");
    let tokens: Vec<_> = (0..300)
        .map(|number| format!("stranger-{number}"))
        .collect();
    let ask_all = || {
        let before = site.server.asked();
        let asked = tokens.iter().map(|token| ask(&verifier, token));
        let answers = site.runtime.block_on(join_all(asked));
        assert!(answers.iter().all(Result::is_err));
        site.server.asked() - before
    };
    ask_all();
    let anew = ask_all();
    assert!(anew >= 200, "only {anew} of 300 were forgotten");
}

#[test]
fn requests_with_one_token_ask_once() {
    let site = Site::start();
    let good = Reply::json(&site.good());
    let slow = Reply::After(Duration::from_millis(100), Box::new(good));
    // Even where nothing is remembered afterwards.
    for longest in [Duration::from_secs(60), Duration::ZERO] {
        site.answer(slow.clone());
        let builder = site.builder().max_age(longest);
        let verifier = builder.endpoint(site.server.url("/introspect"));
        let verifier = verifier.build(fetch()).expect("valid settings");
        let before = site.server.asked();
        let requests = (0..50).map(|_| ask(&verifier, "opaque"));
        let answers = site.runtime.block_on(join_all(requests));
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(site.server.asked() - before, 1);
    }
}

#[test]
fn who_gives_up_hands_the_work_on() {
    let site = Site::start();
    let good = Reply::json(&site.good());
    let pause = Duration::from_millis(200);
    site.answer(Reply::After(pause, Box::new(good)));
    let verifier = Arc::new(site.verifier());
    let start = Instant::now();
    let answers: Vec<_> = site.runtime.block_on(async {
        let request = || {
            let verifier = Arc::clone(&verifier);
            tokio::spawn(async move { ask(&*verifier, "opaque").await.is_ok() })
        };
        let impatient: Vec<_> = (0..5).map(|_| request()).collect();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let patient: Vec<_> = (0..5).map(|_| request()).collect();
        tokio::time::sleep(Duration::from_millis(50)).await;
        impatient.iter().for_each(tokio::task::JoinHandle::abort);
        join_all(patient).await
    });
    assert!(answers.into_iter().all(|answer| answer.expect("no panic")));
    assert_eq!(
        site.server.asked(),
        1,
        "the work goes on, it does not begin anew"
    );
    assert!(start.elapsed() < 4 * pause);
}

#[test]
fn work_that_everybody_has_left_is_begun_anew() {
    let site = Site::start();
    site.answer(Reply::Never);
    let verifier = site.verifier();
    site.runtime.block_on(async {
        let given_up = ask(&verifier, "opaque");
        let waited = tokio::time::timeout(Duration::from_millis(50), given_up);
        assert!(waited.await.is_err());
    });
    site.answer(Reply::json(&site.good()));
    assert!(site.ask(&verifier, "opaque").is_ok());
}

#[test]
fn the_endpoint_is_discovered() {
    let site = Site::start();
    site.answer(Reply::about("opaque", &site.good()));
    let server = ResourceServer::builder(RESOURCE).authorization_server("https://auth.example.com");
    let several = server.authorization_server("https://other.example.com");
    let several = several.build().expect("valid settings");
    let client = ClientAuthentication::secret_basic("resource", "secret");
    let verifier = IntrospectionVerifier::discover(&several, client, fetch());
    assert!(site.runtime.block_on(verifier).is_err(), "which of them?");

    let verifier = site.runtime.block_on(site.builder().discover(fetch()));
    let verifier = verifier.expect("the endpoint is found");
    // For the metadata.
    assert_eq!(site.server.asked(), 1);
    assert!(site.ask(&verifier, "opaque").is_ok());

    for (issuer, endpoint) in [
        ("https://evil.example", site.server.url("/introspect")),
        (&*site.issuer(), "http://evil.example/introspect".to_owned()),
        (&*site.issuer(), String::new()),
    ] {
        site.publish(issuer, &endpoint);
        let verifier = site.runtime.block_on(site.builder().discover(fetch()));
        assert!(verifier.is_err(), "{issuer} {endpoint}");
        let lazy = site.builder().discover_lazily(fetch()).expect("valid");
        assert!(is_unavailable(&site.ask(&lazy, "opaque")));
    }
}

#[test]
fn many_requests_discover_once() {
    let site = Site::start();
    site.answer(Reply::json(&site.good()));
    let verifier = site.builder().discover_lazily(fetch()).expect("valid");
    let tokens: Vec<_> = (0..20).map(|number| format!("token-{number}")).collect();
    let requests = tokens.iter().map(|token| ask(&verifier, token));
    let answers = site.runtime.block_on(join_all(requests));
    assert!(answers.iter().all(Result::is_ok));
    let received = site.server.received();
    let discoveries = received
        .iter()
        .filter(|request| request.line.starts_with("GET"));
    assert_eq!(discoveries.count(), 1);
}

#[test]
fn known_answers_need_no_waiting() {
    let site = Site::start();
    site.answer(Reply::json(&site.good()));
    let verifier = site.verifier();
    let token = PresentedToken::from_authorization(["Bearer opaque"])
        .expect("well-formed")
        .expect("a token");
    assert!(verify_at_once(&verifier, token).is_none());
    assert!(site.ask(&verifier, "opaque").is_ok());
    assert!(verify_at_once(&verifier, token).is_some_and(|answer| answer.is_ok()));
}
