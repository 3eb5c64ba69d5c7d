//! An authorization server that is asked too much, that limits us, or that fails about one token.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::body::Body;
use futures::future::join_all;
use http::{Request, Response};
use http_body_util::BodyExt;
use scopes_core::introspection::{
    ClientAuthentication, IntrospectionVerifier, IntrospectionVerifierBuilder,
};
use scopes_tests::faulty::{FaultyServer, Received, Reply};
use scopes_tests::issuer::{RESOURCE, now_plus};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::load::{application, fetch, runtime};

/// The default number of questions in flight.
const MAX_QUESTIONS: usize = 64;

fn start(reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> FaultyServer {
    let server = FaultyServer::start();
    let by_token = move |request: &Received| match request.field("token").unwrap_or_default() {
        token if token.starts_with("start-up-check") => inactive(),
        token => reply(&token),
    };
    server.reply("/introspect", Reply::by(by_token));
    server
}

fn builder(server: &FaultyServer) -> IntrospectionVerifierBuilder {
    let client = ClientAuthentication::secret_basic("resource", "secret");
    IntrospectionVerifier::builder(RESOURCE, client).endpoint(server.url("/introspect"))
}

/// The layer with default settings.
fn protected(server: &FaultyServer) -> Router {
    application(builder(server).build(fetch()).expect("valid settings"))
}

fn active() -> Reply {
    Reply::json(&json!({ "active": true, "sub": "ada", "aud": RESOURCE, "exp": now_plus(600) }))
}

fn inactive() -> Reply {
    Reply::json(&json!({ "active": false }))
}

async fn present(application: &Router, token: &str) -> Response<Body> {
    let request = Request::get("/")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty())
        .expect("a request");
    let answer = application.clone().oneshot(request).await;
    answer.expect("an answer")
}

async fn status(application: &Router, token: &str) -> u16 {
    let answer = present(application, token).await;
    if answer.status() == 503 {
        assert!(retry_after(&answer) >= 1, "a 503 says when to come back");
    }
    answer.status().as_u16()
}

fn retry_after(answer: &Response<Body>) -> u64 {
    let value = answer.headers().get("retry-after").expect("Retry-After");
    let value = value.to_str().expect("a text");
    value.parse().expect("seconds")
}

async fn seconds(seconds: f32) {
    tokio::time::sleep(Duration::from_secs_f32(seconds)).await;
}

/// Answers after a while, and counts the questions in flight.
fn slow_server(in_flight: &Arc<AtomicUsize>, most: &Arc<AtomicUsize>) -> FaultyServer {
    let (in_flight, most) = (Arc::clone(in_flight), Arc::clone(most));
    start(move |token| {
        let now = in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        most.fetch_max(now, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(100));
        in_flight.fetch_sub(1, Ordering::SeqCst);
        if token.starts_with("good") {
            active()
        } else {
            inactive()
        }
    })
}

#[test]
fn made_up_tokens_leave_room_for_those_of_callers() {
    let (in_flight, most) = (Arc::default(), Arc::default());
    let server = slow_server(&in_flight, &most);
    let remembering = protected(&server);
    let forgetful = builder(&server).max_age(Duration::from_millis(1));
    let forgetful = application(forgetful.build(fetch()).expect("valid settings"));
    for application in [remembering, forgetful] {
        most.store(0, Ordering::SeqCst);
        runtime().block_on(async {
            assert_eq!(status(&application, "good").await, 200);
            let strangers = (0..5000).map(|number| {
                let application = application.clone();
                tokio::spawn(async move {
                    let token = format!("made-up-{number}");
                    status(&application, &token).await
                })
            });
            let strangers: Vec<_> = strangers.collect();
            seconds(0.2).await;
            // Remembered, or asked about within the reserve.
            assert_eq!(status(&application, "good").await, 200);
            let new = status(&application, "good-new").await;
            assert!([200, 503].contains(&new), "{new}");
            assert_eq!(status(&application, "good").await, 200);

            let answers = join_all(strangers).await.into_iter();
            let answers: Vec<_> = answers.map(|answer| answer.expect("no panic")).collect();
            let unavailable = answers.iter().filter(|status| **status == 503).count();
            let rejected = answers.iter().filter(|status| **status == 401).count();
            assert_eq!(unavailable + rejected, 5000);
            assert!(unavailable > 2000, "{unavailable}");
            assert!(rejected >= MAX_QUESTIONS / 2, "{rejected}");
            // A 503 is remembered for a second.
            seconds(1.1).await;
            assert_eq!(status(&application, "good-new").await, 200);
        });
        let most = most.load(Ordering::SeqCst);
        assert!(most > 1 && most <= MAX_QUESTIONS, "{most}");
    }
}

#[test]
fn many_new_callers_at_once_wait_for_their_turn() {
    let (in_flight, most) = (Arc::default(), Arc::default());
    let server = slow_server(&in_flight, &most);
    let application = protected(&server);
    runtime().block_on(async {
        let tokens: Vec<_> = (0..300).map(|number| format!("good-{number}")).collect();
        let answers = tokens.iter().map(|token| status(&application, token));
        assert!(join_all(answers).await.iter().all(|status| *status == 200));
    });
    assert!(most.load(Ordering::SeqCst) <= MAX_QUESTIONS);
}

/// Makes the value of a header field when it is sent.
type FieldValue = fn() -> String;

fn in_three_seconds() -> String {
    httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3))
}

#[test]
fn a_server_that_limits_us_is_left_alone_until_it_says() {
    let cases: [(u16, &str, FieldValue); 5] = [
        (429, "Retry-After", || "2".to_owned()),
        (429, "X-Retry-After", || "2".to_owned()),
        (429, "Retry-After", in_three_seconds),
        (429, "X-Other", || "2".to_owned()),
        (503, "retry-after", || "2".to_owned()),
    ];
    for (limited, name, value) in cases {
        let server = start(move |token| {
            if token != "stranger" {
                return active();
            }
            let head = format!("HTTP/1.1 {limited} Limited\r\nConnection: close\r\n");
            let fields = format!("{name}: {}\r\nContent-Length: 0\r\n\r\n", value());
            Reply::Raw((head + &fields).into_bytes())
        });
        let application = protected(&server);
        runtime().block_on(async {
            assert_eq!(status(&application, "remembered").await, 200);
            let answer = present(&application, "stranger").await;
            assert_eq!(answer.status(), 503, "{limited}");
            let pause = retry_after(&answer);
            assert!((1..=4).contains(&pause), "{pause}");
            let asked = server.asked();
            for number in 0..20 {
                let answer = present(&application, &format!("new-{number}")).await;
                assert_eq!(answer.status(), 503);
                assert!((1..=4).contains(&retry_after(&answer)));
                assert!(!answer.headers().contains_key("www-authenticate"));
                assert_eq!(status(&application, "remembered").await, 200);
            }
            assert_eq!(server.asked(), asked, "no question in the meantime");
            seconds(4.1).await;
            assert_eq!(status(&application, "new-0").await, 200);
        });
    }
}

#[test]
fn a_token_about_which_the_server_fails_is_rejected_if_another_is_active() {
    let server = start(|token| match token {
        "foreign" => Reply::Answer(500, String::new()),
        "good" => active(),
        _ => inactive(),
    });
    let application = protected(&server);
    runtime().block_on(async {
        for _ in 0..2 {
            assert_eq!(status(&application, "foreign").await, 503);
            // That a token is inactive proves nothing.
            assert_eq!(status(&application, "made-up").await, 401);
            seconds(1.1).await;
        }
        assert_eq!(status(&application, "good").await, 200);
        let answer = present(&application, "foreign").await;
        assert_eq!(answer.status(), 401);
        let challenge = answer.headers().get("www-authenticate").expect("challenge");
        let challenge = challenge.to_str().expect("a text").to_owned();
        assert!(
            challenge.starts_with(r#"Bearer error="invalid_token""#),
            "{challenge}"
        );
        let body = answer
            .into_body()
            .collect()
            .await
            .expect("a body")
            .to_bytes();
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(body["error"], "invalid_token");
        assert_eq!(status(&application, "good").await, 200);
    });
}

#[test]
fn a_failure_on_the_way_is_not_about_the_token() {
    for failure in [502, 503, 504] {
        let server = start(move |token| match token {
            "unlucky" => Reply::Answer(failure, String::new()),
            _ => active(),
        });
        let application = protected(&server);
        runtime().block_on(async {
            for number in 0..3 {
                assert_eq!(status(&application, "unlucky").await, 503, "{failure}");
                let other = format!("good-{number}");
                assert_eq!(status(&application, &other).await, 200);
                seconds(1.1).await;
            }
        });
    }
}

#[test]
fn a_server_that_has_lost_its_tokens_rejects_none_that_is_new_to_us() {
    let is_down = Arc::new(AtomicBool::new(true));
    let state = Arc::clone(&is_down);
    let server = start(move |token| match token {
        "good" if state.load(Ordering::SeqCst) => Reply::Answer(500, String::new()),
        "good" => active(),
        _ => inactive(),
    });
    // As after a restart: nothing has been accepted yet.
    let application = protected(&server);
    runtime().block_on(async {
        for number in 0..3 {
            assert_eq!(status(&application, "good").await, 503);
            let other = format!("made-up-{number}");
            assert_eq!(status(&application, &other).await, 401);
            seconds(1.1).await;
        }
        is_down.store(false, Ordering::SeqCst);
        assert_eq!(status(&application, "good").await, 200);
    });
}

/// Answers up to 40 questions in each window of three seconds, and then with 429.
fn limiting_server() -> FaultyServer {
    let window = std::sync::Mutex::new((Instant::now(), 0));
    start(move |token| {
        let mut window = window.lock().expect("no panic");
        if window.0.elapsed() >= Duration::from_secs(3) {
            *window = (Instant::now(), 0);
        }
        window.1 += 1;
        if window.1 > 40 {
            let limited = "HTTP/1.1 429 Limited\r\nRetry-After: 3\r\nContent-Length: 0\r\n";
            return Reply::Raw(format!("{limited}Connection: close\r\n\r\n").into_bytes());
        }
        if token.starts_with("good") {
            active()
        } else {
            inactive()
        }
    })
}

#[test]
fn a_stranger_uses_up_the_quota_of_a_limiting_server_once() {
    let server = limiting_server();
    // The token is asked about each time.
    let verifier = builder(&server).max_age(Duration::ZERO).build(fetch());
    let application = application(verifier.expect("valid settings"));
    runtime().block_on(async {
        assert_eq!(status(&application, "good").await, 200);
        let stranger = application.clone();
        let stranger = tokio::spawn(async move {
            for number in 0.. {
                let (application, token) = (stranger.clone(), format!("made-up-{number}"));
                tokio::spawn(async move { status(&application, &token).await });
                seconds(0.02).await;
            }
        });
        while status(&application, "good").await == 200 {
            seconds(0.2).await;
        }
        seconds(3.5).await;
        for round in 0..20 {
            assert_eq!(status(&application, "good").await, 200, "round {round}");
            seconds(0.6).await;
        }
        stranger.abort();
        seconds(3.5).await;
        assert_eq!(status(&application, "good-new").await, 200);
    });
}

#[test]
fn a_server_that_fails_about_every_token_rejects_none() {
    let server = start(|_| Reply::Answer(500, String::new()));
    let application = protected(&server);
    runtime().block_on(async {
        for _ in 0..3 {
            assert_eq!(status(&application, "good").await, 503);
            assert_eq!(status(&application, "other").await, 503);
            seconds(1.1).await;
        }
        server.reply("/introspect", active());
        seconds(1.1).await;
        assert_eq!(status(&application, "good").await, 200);
    });
}

#[test]
fn an_outage_that_spares_made_up_tokens_rejects_none_that_was_accepted() {
    let is_down = Arc::new(AtomicBool::new(false));
    let state = Arc::clone(&is_down);
    let server = start(move |token| match token {
        "good" if state.load(Ordering::SeqCst) => Reply::Answer(500, String::new()),
        "good" => active(),
        _ => inactive(),
    });
    let verifier = builder(&server).max_age(Duration::ZERO).build(fetch());
    let application = application(verifier.expect("valid settings"));
    runtime().block_on(async {
        assert_eq!(status(&application, "good").await, 200);
        is_down.store(true, Ordering::SeqCst);
        for _ in 0..3 {
            assert_eq!(status(&application, "good").await, 503);
            assert_eq!(status(&application, "other").await, 401);
            seconds(1.1).await;
        }
        is_down.store(false, Ordering::SeqCst);
        assert_eq!(status(&application, "good").await, 200);
    });
}

#[test]
fn a_failure_is_forgotten_when_the_token_is_answered() {
    let failures = AtomicUsize::new(0);
    // Fails about every other question.
    let server = start(move |_| match failures.fetch_add(1, Ordering::SeqCst) % 2 {
        0 => Reply::Answer(500, String::new()),
        _ => active(),
    });
    let verifier = builder(&server).max_age(Duration::ZERO).build(fetch());
    let application = application(verifier.expect("valid settings"));
    runtime().block_on(async {
        for _ in 0..2 {
            assert_eq!(status(&application, "good").await, 503);
            seconds(1.1).await;
            assert_eq!(status(&application, "good").await, 200);
        }
    });
}

#[test]
fn a_token_that_was_called_inactive_is_asked_about_again_after_two_seconds() {
    let server = start(|_| inactive());
    let application = protected(&server);
    runtime().block_on(async {
        assert_eq!(status(&application, "good").await, 401);
        server.reply("/introspect", active());
        assert_eq!(status(&application, "good").await, 401);
        seconds(2.1).await;
        assert_eq!(status(&application, "good").await, 200);
    });
}
