//! The start proves what requests will need: the endpoint answers this client about tokens.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use scopes_core::AuthorizeError;
use scopes_core::introspection::{
    ClientAuthentication, IntrospectionVerifier, IntrospectionVerifierSetting as Setting,
};
use scopes_tests::faulty::Reply;
use scopes_tests::issuer::RESOURCE;
use serde_json::json;

use crate::site::{REFUSED, Site, ask, fetch, is_unavailable};

fn error(code: u16, error: &str) -> Reply {
    Reply::Answer(code, json!({ "error": error }).to_string())
}

/// Answers that prove nothing, the setting to correct, and parts of the sentence about it.
fn unproven(site: &Site) -> Vec<(Reply, Setting, [&'static str; 2])> {
    vec![
        (
            error(401, "invalid_client"),
            Setting::Client,
            [
                "refuses the client with 401",
                "the id or the secret is wrong",
            ],
        ),
        (
            error(400, "invalid_client"),
            Setting::Client,
            ["refuses the client with 400", "`client_secret_basic`"],
        ),
        (
            Reply::Answer(403, String::new()),
            Setting::Client,
            ["with 403", "not allowed to introspect tokens"],
        ),
        (
            error(400, "unauthorized_client"),
            Setting::Client,
            ["with 400", "allow it at the authorization server"],
        ),
        (
            Reply::Answer(404, String::new()),
            Setting::Endpoint,
            ["answers 404", "RFC 7662"],
        ),
        (
            Reply::Answer(405, String::new()),
            Setting::Endpoint,
            ["answers 405", "RFC 7662"],
        ),
        (
            Reply::Redirect(307, "/login".to_owned()),
            Setting::Endpoint,
            ["a redirect to \"/login\"", "RFC 7662"],
        ),
        (
            Reply::Answer(200, "<!doctype html>".to_owned()),
            Setting::Endpoint,
            ["HTML", "RFC 7662"],
        ),
        (
            Reply::json(&json!({})),
            Setting::Endpoint,
            ["does not say whether", "RFC 7662"],
        ),
        (
            Reply::Answer(500, String::new()),
            Setting::Endpoint,
            ["answers 500", "RFC 7662"],
        ),
        // Of a token endpoint.
        (
            error(400, "unsupported_grant_type"),
            Setting::Endpoint,
            [
                "answers 400 with the error \"unsupported_grant_type\"",
                "RFC 7662",
            ],
        ),
        (
            error(400, "invalid_request"),
            Setting::Endpoint,
            ["answers 400 with the error \"invalid_request\"", "RFC 7662"],
        ),
        (
            Reply::json(&site.good()),
            Setting::Endpoint,
            [
                "calls a made-up token active",
                "`insecure_accept_made_up_tokens`",
            ],
        ),
    ]
}

#[test]
fn each_problem_is_one_sentence_that_names_the_setting() {
    let site = Site::to_be_checked();
    let endpoint = site.server.url("/introspect");
    for (reply, setting, parts) in unproven(&site) {
        site.answer(reply);
        for given in [true, false] {
            let settings = site.builder();
            let settings = if given {
                settings.endpoint(&endpoint)
            } else {
                settings
            };
            let error = site.runtime.block_on(settings.discover(fetch()));
            let error = error.expect_err("it does not answer us");
            let [problem] = error.problems() else {
                panic!("one problem: {error}")
            };
            assert_eq!(
                (problem.setting(), problem.value()),
                (setting, &*endpoint),
                "{error}"
            );
            for part in parts {
                assert!(problem.problem().contains(part), "{part}: {error}");
            }
            assert!(!error.to_string().contains("\"secret\""), "{error}");
        }
    }
    let inactive = Reply::json(&json!({ "active": false }));
    for reply in [inactive, error(400, "invalid_token")] {
        site.answer(reply);
        let verifier = site.runtime.block_on(site.builder().discover(fetch()));
        assert!(verifier.expect("it answers us").is_ready());
    }
}

#[test]
fn a_server_that_lets_everybody_in_is_refused_at_the_start() {
    let site = Site::to_be_checked();
    site.answer(Reply::json(&site.good()));
    let double = site.builder().insecure_accept_made_up_tokens();
    let double = site.runtime.block_on(double.discover(fetch()));
    let double = double.expect("the setting allows it");
    assert!(double.is_ready());
    assert!(site.ask(&double, "opaque").is_ok());

    let lazy = site.builder().discover_lazily(fetch()).expect("valid");
    site.runtime.block_on(async {
        assert!(is_unavailable(&ask(&lazy, "opaque").await));
        assert!(!lazy.is_ready());
        let until = tokio::time::timeout(Duration::from_millis(300), lazy.until_ready());
        assert!(until.await.is_err(), "it is not ready");
        assert!(!lazy.is_ready());
        assert!(is_unavailable(&ask(&lazy, "another").await));

        // The next request finds the server mended, whoever has stopped waiting for that.
        site.answer(Reply::about("third", &site.good()));
        assert!(ask(&lazy, "third").await.is_ok());
        assert!(lazy.is_ready());
        assert_eq!(ask(&lazy, "made-up").await, Err(REFUSED));
    });
}

#[test]
fn a_server_that_starts_early_waits_for_as_long_as_it_is_told() {
    for status in ["429 Too Many Requests", "503 Service Unavailable"] {
        let site = Site::to_be_checked();
        let busy = format!("HTTP/1.1 {status}\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n");
        let inactive = json!({ "active": false });
        let is_first = AtomicBool::new(true);
        site.answer(Reply::by(move |_| {
            if is_first.swap(false, Ordering::SeqCst) {
                Reply::Raw(busy.clone().into_bytes())
            } else {
                Reply::json(&inactive)
            }
        }));
        let verifier = site.builder().discover_lazily(fetch()).expect("valid");
        let began = Instant::now();
        site.runtime.block_on(verifier.until_ready());
        assert!(began.elapsed() >= Duration::from_secs(3), "{status}");
        let received = site.server.received();
        let questions = received.iter().filter(|it| it.line.starts_with("POST"));
        assert_eq!(questions.count(), 2, "{status}");
    }
}

#[test]
fn a_slow_first_answer_is_waited_for() {
    let site = Site::to_be_checked();
    let inactive = Reply::json(&json!({ "active": false }));
    // A request waits for one second.
    site.answer(Reply::After(
        Duration::from_millis(1500),
        Box::new(inactive),
    ));
    let verifier = site.runtime.block_on(site.builder().discover(fetch()));
    assert!(verifier.expect("the first answer").is_ready());

    site.answer(Reply::Never);
    let began = Instant::now();
    let error = site.runtime.block_on(site.builder().discover(fetch()));
    let error = error.expect_err("no answer").to_string();
    assert!(error.contains(&site.server.url("/introspect")), "{error}");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_server_that_starts_early_becomes_ready() {
    let site = Site::to_be_checked();
    site.answer(Reply::Answer(502, String::new()));
    let verifier = site
        .builder()
        .discover_lazily(fetch())
        .expect("valid settings");
    site.runtime.block_on(async {
        assert!(!verifier.is_ready());
        assert!(is_unavailable(&ask(&verifier, "opaque").await));
        let answers = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert!(!verifier.is_ready());
            site.answer(Reply::json(&json!({ "active": false })));
        };
        futures::future::join(verifier.until_ready(), answers).await;
        assert!(verifier.is_ready());
    });
    assert!(!is_unavailable(&site.ask(&verifier, "another")));
}

#[test]
fn a_client_may_have_no_secret_or_a_token() {
    let site = Site::to_be_checked();
    let asks = |client| {
        site.answer(Reply::json(&json!({ "active": false })));
        let settings = IntrospectionVerifier::builder(RESOURCE, client).issuer(site.issuer());
        site.runtime
            .block_on(settings.discover(fetch()))
            .expect("it answers");
        let request = site.server.received().pop().expect("a request");
        (request.headers.get("authorization").cloned(), request.body)
    };
    let (authorization, form) = asks(ClientAuthentication::none());
    assert_eq!(authorization, None);
    assert!(!form.contains("client"), "{form}");
    let (authorization, form) = asks(ClientAuthentication::bearer("of-the-server"));
    assert_eq!(authorization.as_deref(), Some("Bearer of-the-server"));
    assert!(!form.contains("of-the-server"), "{form}");
    assert_eq!(
        format!("{:?}", ClientAuthentication::bearer("of-the-server")),
        "ClientAuthentication(bearer)"
    );
    for token in ["", "two words", "a\nb"] {
        let client = ClientAuthentication::bearer(token);
        let settings = IntrospectionVerifier::builder(RESOURCE, client).issuer(site.issuer());
        assert!(settings.discover_lazily(fetch()).is_err(), "{token:?}");
    }
}

#[test]
fn a_limit_of_the_server_is_heeded_before_the_first_token() {
    let site = Site::to_be_checked();
    let busy = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n";
    site.answer(Reply::Raw(busy.into()));
    let answer = site.ask(&site.verifier(), "opaque");
    let Err(AuthorizeError::Unavailable { retry_after }) = answer else {
        panic!("{answer:?}");
    };
    assert!(retry_after > Duration::from_secs(20), "{retry_after:?}");
    assert_eq!(site.server.asked(), 1, "the token itself is not sent");
}
