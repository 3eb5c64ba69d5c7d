//! Refusals that do not reach the layer as such: those that an error type turned into a 5xx, and those
//! of guards that lost their caller.

use std::convert::Infallible;
use std::error::Error;

use bytes::Bytes;
use futures::executor::block_on;
use http::{HeaderValue, Request};
use scopes_core::tower::{ProtectLayer, Refusal, refusal_response};
use scopes_core::{AuthorizeError, Requirement, authorize};
use scopes_tests::vocabulary::Scope;
use serde_json::json;
use tower::{Layer, ServiceExt, service_fn};

use super::swallowing::{application, create_entry, list_tags, yield_now};
use super::{Answer, ask, get_with, server, verifier};

fn ask_as_reader(path: &str) -> Answer {
    ask(application(), get_with(path, "Bearer reader"))
}

/// The layer's answer to a reader who lacks `entries:write`.
fn refusal() -> http::Response<Bytes> {
    let caller = scopes_core::testing::caller("ada", "entries:read").expect("valid scopes");
    let refusal = authorize(&Requirement::one(Scope::EntriesWrite), &caller).expect_err("refused");
    refusal_response(&server(), &refusal)
}

#[test]
fn a_refusal_that_an_error_type_made_a_5xx_is_answered_by_the_layer() {
    let expected = refusal();
    assert_eq!(expected.status(), 403);
    for path in [
        "/journal/guarded",
        "/journal/guarded-from",
        "/journal/question-mark",
        "/journal/kept-while-cleaning-up",
        "/journal/boxed",
        "/journal/text",
        "/journal/own",
        "/journal/first-of-two",
        "/journal/500",
        "/journal/501",
        "/journal/502",
        "/journal/503",
        "/journal/504",
        "/journal/refused-again-after-a-wait",
    ] {
        let answer = ask_as_reader(path);
        assert_eq!(answer.status, 403, "{path}");
        for name in ["www-authenticate", "cache-control", "content-type"] {
            let (given, expected) = (answer.headers.get(name), expected.headers().get(name));
            assert_eq!(given, expected, "{path}: {name}");
        }
        assert_eq!(&answer.body, expected.body(), "{path}");
        for name in ["content-language", "retry-after"] {
            assert!(!answer.headers.contains_key(name), "{path}");
        }
        let allowed = ask(application(), get_with(path, "Bearer writer"));
        let is_always_an_error = path.starts_with("/journal/50");
        assert_eq!(allowed.status.is_success(), !is_always_an_error, "{path}");
    }
    // What describes no body stays.
    assert_eq!(
        ask_as_reader("/journal/guarded").header("x-request-id"),
        Some("17")
    );
}

#[test]
fn a_refusal_of_any_kind_is_kept_while_it_is_alive() {
    let answer = ask_as_reader("/journal/invalid-kept-while-cleaning-up");
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json(),
        json!({
            "error": "invalid_request",
            "error_description": "The argument action has a value that is not supported.",
        })
    );
}

#[test]
fn an_answer_of_the_application_to_a_refusal_stands() {
    for status in [200, 302, 404] {
        let answer = ask_as_reader(&format!("/journal/{status}"));
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("www-authenticate"), None);
    }
}

/// A 502 to 504 is about the server that was waited for, although the refusal is still alive.
#[test]
fn a_failure_of_another_server_stands() {
    for (status, who) in [
        (502, "reader"),
        (503, "reader"),
        (504, "reader"),
        (502, "writer"),
    ] {
        let path = format!("/journal/refused-then-{status}");
        let answer = ask(application(), get_with(&path, &format!("Bearer {who}")));
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("www-authenticate"), None, "{path}");
        assert_eq!(answer.header("retry-after"), Some("17"), "{path}");
    }
    // A 500 says nothing of its cause, and is still taken for the refusal.
    assert_eq!(ask_as_reader("/journal/refused-then-500").status, 403);
}

/// An overload, such as a full pool, is known without a wait.
#[test]
fn a_failure_with_retry_after_stands() {
    for status in [502, 503, 504] {
        let path = format!("/journal/overloaded/{status}");
        let answer = ask_as_reader(&path);
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("www-authenticate"), None, "{path}");
        assert_eq!(answer.header("retry-after"), Some("17"), "{path}");
    }
    assert_eq!(ask_as_reader("/journal/overloaded/500").status, 403);
}

#[test]
fn a_refusal_that_was_handled_does_not_hide_another_failure() {
    for path in [
        "/journal/handled-then-failed",
        "/journal/handled-then-allowed-then-failed",
        "/journal/invalid-handled-then-failed",
        "/journal/asked-then-failed",
        "/journal/tried-apart-then-failed",
        "/journal/of-another-caller",
    ] {
        let answer = ask_as_reader(path);
        assert_eq!(
            (answer.status.as_u16(), &*answer.body),
            (500, b"Sorry.".as_slice()),
            "{path}"
        );
        assert_eq!(answer.header("www-authenticate"), None, "{path}");
    }
}

/// A service whose error is no response: without the layer's answer, the connection would end.
#[test]
fn a_refusal_that_became_the_error_of_a_service_is_answered_by_the_layer() {
    type Any = Box<dyn Error + Send + Sync>;
    let layer = ProtectLayer::new(server(), verifier());
    let _mounted = layer.metadata();
    let service = layer.layer(service_fn(|_: Request<axum::body::Body>| async {
        create_entry().await?;
        Ok::<_, Any>(http::Response::new(axum::body::Body::empty()))
    }));
    let answer = ask(service, get_with("/journal", "Bearer reader"));
    assert_eq!(answer.status, 403);
    assert_eq!(answer.body, refusal().body());

    let service = layer.layer(service_fn(|_: Request<axum::body::Body>| async {
        drop(list_tags());
        yield_now().await;
        Err::<http::Response<axum::body::Body>, Any>("the database is down".into())
    }));
    let request = get_with("/journal", "Bearer reader").body(axum::body::Body::empty());
    let failed = block_on(service.oneshot(request.expect("a request")));
    assert_eq!(
        failed.expect_err("an error").to_string(),
        "the database is down"
    );
}

#[test]
fn a_guard_on_a_public_path_asks_for_a_token_whatever_the_error_type() {
    for path in ["/journal/public", "/journal/public-spawned"] {
        let answer = ask(application(), Request::get(path));
        assert_eq!(answer.status, 401, "{path}");
        let challenge = answer.header("www-authenticate").expect("a challenge");
        assert!(challenge.starts_with("Bearer scope="), "{challenge}");
        assert_eq!(answer.json()["error"], "missing_token", "{path}");
    }
}

/// Its copies are not counted, so that it may have been handled.
#[test]
fn a_missing_token_is_forgotten_at_a_wait() {
    let path = "/journal/public-kept-while-cleaning-up";
    let answer = ask(application(), Request::get(path));
    assert_eq!(answer.status, 500);
    assert_eq!(answer.header("www-authenticate"), None);
}

fn assert_lost_caller(answer: &Answer) {
    assert_eq!(answer.status, 500);
    assert_eq!(answer.header("www-authenticate"), None);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(
        answer.json(),
        json!({
            "error": "server_error",
            "error_description": "The server cannot tell who is calling. Its log says why.",
        })
    );
}

#[test]
fn a_guard_without_a_caller_is_a_fault_of_the_server() {
    for path in ["/journal/spawned", "/journal/named-wrongly"] {
        assert_lost_caller(&ask_as_reader(path));
        let stranger = ask(application(), get_with(path, "Bearer stranger"));
        assert_eq!(stranger.status, 401);
        assert_eq!(ask(application(), Request::get(path)).status, 401);
    }
}

/// As a middleware that makes a new request does, or a service that knows nothing of the layer.
#[test]
fn a_refusal_for_want_of_a_token_is_a_fault_if_there_was_one() {
    let service = service_fn(|_: Request<axum::body::Body>| {
        let refusal = Refusal::from(AuthorizeError::MissingToken);
        let mut response = refusal.into_response();
        let basic = HeaderValue::from_static("Basic");
        response.headers_mut().insert("www-authenticate", basic);
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let layer = ProtectLayer::new(server(), verifier()).public_path("/journal/public");
    let service = layer.layer(service);
    assert_lost_caller(&ask(service.clone(), get_with("/journal", "Bearer reader")));
    assert_eq!(ask(service, Request::get("/journal/public")).status, 401);
}
