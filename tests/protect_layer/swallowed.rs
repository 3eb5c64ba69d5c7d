//! Refusals that do not reach the layer as such: those that an error type turned into a 500, and those
//! of guards that lost their caller.

use std::convert::Infallible;
use std::error::Error;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use futures::executor::block_on;
use http::{HeaderValue, Request, StatusCode};
use scopes_core::tower::{ProtectLayer, Refusal, refusal_response};
use scopes_core::{AuthorizeError, Caller, Requirement, VerifiedToken, authorize, requires_scopes};
use scopes_tests::vocabulary::Scope;
use serde_json::json;
use tower::{Layer, ServiceExt, service_fn};

use super::{Answer, ask, get_with, server, verifier};

/// Any error is a 500 that names nothing.
struct Failure;

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        drop(error.into());
        Self
    }
}

/// As `Failure`, with the error kept until there is a response.
struct Kept(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for Kept {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// An enum of the application's own.
enum Own {
    Refused(#[expect(dead_code, reason = "the application does not look at it")] AuthorizeError),
    Database,
}

impl From<AuthorizeError> for Own {
    fn from(refusal: AuthorizeError) -> Self {
        Self::Refused(refusal)
    }
}

fn internal_error() -> Response {
    let headers = [("x-request-id", "17"), ("content-language", "en")];
    (StatusCode::INTERNAL_SERVER_ERROR, headers, "Sorry.").into_response()
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        internal_error()
    }
}

impl IntoResponse for Kept {
    fn into_response(self) -> Response {
        drop(self.0);
        internal_error()
    }
}

impl IntoResponse for Own {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(_) => internal_error(),
            Self::Database => internal_error(),
        }
    }
}

#[requires_scopes("entries:write", catalog = Scope, unlisted)]
async fn create_entry() -> Result<(), AuthorizeError> {
    std::future::ready(Ok(())).await
}

#[requires_scopes("tags:read", catalog = Scope, unlisted)]
fn list_tags() -> Result<Vec<String>, AuthorizeError> {
    Ok(Vec::new())
}

#[requires_scopes("entries:read", catalog = Scope, unlisted)]
fn count_entries() -> Result<u32, AuthorizeError> {
    Ok(0)
}

/// No value of `action` but one is known.
#[requires_scopes(match(action, "list" => "entries:read"), catalog = Scope, unlisted)]
fn run(action: &str) -> Result<(), AuthorizeError> {
    let _ = action;
    Ok(())
}

/// The guard on the handler itself, whose error type swallows.
#[requires_scopes("entries:write", catalog = Scope, unlisted)]
async fn guarded() -> Result<(), Failure> {
    std::future::ready(Ok(())).await
}

#[requires_scopes("entries:write", catalog = Scope, unlisted, from = token)]
async fn guarded_from(token: VerifiedToken) -> Result<(), Failure> {
    drop(token);
    std::future::ready(Ok(())).await
}

async fn question_mark() -> Result<(), Failure> {
    Ok(create_entry().await?)
}

async fn kept_while_cleaning_up() -> Result<(), Kept> {
    let created = create_entry().await;
    yield_now().await;
    Ok(created?)
}

async fn invalid_kept_while_cleaning_up() -> Result<(), Kept> {
    let ran = run("purge");
    yield_now().await;
    Ok(ran?)
}

async fn boxed() -> Result<(), StatusCode> {
    async fn create() -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(create_entry().await?)
    }
    create()
        .await
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn text() -> Result<(), StatusCode> {
    async fn create() -> Result<(), String> {
        Ok(create_entry().await?)
    }
    create()
        .await
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn own() -> Result<(), Own> {
    Ok(create_entry().await?)
}

/// The first refusal becomes the answer, and the second is handled on the way.
async fn first_of_two() -> Result<(), Kept> {
    let created = create_entry().await;
    let tags = list_tags().unwrap_or_default();
    yield_now().await;
    drop(tags);
    Ok(created?)
}

/// Waits once.
async fn yield_now() {
    let mut has_waited = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut has_waited, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

async fn handled_then_failed() -> Result<(), Own> {
    let tags = list_tags().unwrap_or_default();
    yield_now().await;
    drop(tags);
    Err(Own::Database)
}

async fn invalid_handled_then_failed() -> Result<(), Own> {
    assert!(run("purge").is_err());
    yield_now().await;
    Err(Own::Database)
}

/// Fails in the same poll as the refusal, behind a guard that allows.
async fn handled_then_allowed_then_failed() -> Result<(), Own> {
    let tags = list_tags().unwrap_or_default();
    count_entries()?;
    drop(tags);
    std::future::ready(Err(Own::Database)).await
}

async fn asked_then_failed() -> Result<(), Own> {
    let may_list = authorize(&Requirement::one(Scope::TagsRead), &Caller::current()).is_ok();
    assert!(!may_list);
    std::future::ready(Err(Own::Database)).await
}

/// A context of its own keeps what happens in it.
async fn tried_apart_then_failed() -> Result<(), Own> {
    let tags = Caller::current().enter(list_tags);
    assert!(tags.is_err());
    std::future::ready(Err(Own::Database)).await
}

/// Another caller, such as the server itself, lacks a scope.
async fn of_another_caller() -> Result<(), Failure> {
    let service = scopes_core::testing::caller("service", "entries:read")?;
    Ok(service.run(create_entry()).await?)
}

async fn answered_with(status: StatusCode) -> StatusCode {
    drop(create_entry().await);
    status
}

async fn spawned() -> Result<(), AuthorizeError> {
    let task = std::thread::spawn(|| block_on(create_entry()));
    std::future::ready(()).await;
    task.join().expect("it does not panic")
}

async fn named_wrongly() -> Result<(), AuthorizeError> {
    #[requires_scopes("entries:read", catalog = Scope, unlisted, from = caller)]
    async fn read(caller: &Caller) -> Result<(), AuthorizeError> {
        let _ = caller;
        std::future::ready(Ok(())).await
    }
    read(&Caller::anonymous()).await
}

fn application() -> Router {
    let routes = Router::new()
        .route("/journal/guarded", get(guarded))
        .route("/journal/guarded-from", get(guarded_from))
        .route("/journal/question-mark", get(question_mark))
        .route(
            "/journal/kept-while-cleaning-up",
            get(kept_while_cleaning_up),
        )
        .route("/journal/boxed", get(boxed))
        .route(
            "/journal/invalid-kept-while-cleaning-up",
            get(invalid_kept_while_cleaning_up),
        )
        .route(
            "/journal/invalid-handled-then-failed",
            get(invalid_handled_then_failed),
        )
        .route(
            "/journal/handled-then-allowed-then-failed",
            get(handled_then_allowed_then_failed),
        )
        .route("/journal/text", get(text))
        .route("/journal/own", get(own))
        .route("/journal/first-of-two", get(first_of_two))
        .route("/journal/handled-then-failed", get(handled_then_failed))
        .route("/journal/asked-then-failed", get(asked_then_failed))
        .route(
            "/journal/tried-apart-then-failed",
            get(tried_apart_then_failed),
        )
        .route("/journal/of-another-caller", get(of_another_caller))
        .route("/journal/200", get(|| answered_with(StatusCode::OK)))
        .route("/journal/302", get(|| answered_with(StatusCode::FOUND)))
        .route("/journal/404", get(|| answered_with(StatusCode::NOT_FOUND)))
        .route(
            "/journal/500",
            get(|| answered_with(StatusCode::INTERNAL_SERVER_ERROR)),
        )
        .route(
            "/journal/502",
            get(|| answered_with(StatusCode::BAD_GATEWAY)),
        )
        .route(
            "/journal/503",
            get(|| answered_with(StatusCode::SERVICE_UNAVAILABLE)),
        )
        .route(
            "/journal/504",
            get(|| answered_with(StatusCode::GATEWAY_TIMEOUT)),
        )
        .route("/journal/spawned", get(spawned))
        .route("/journal/named-wrongly", get(named_wrongly))
        .route("/journal/public", get(guarded))
        .route(
            "/journal/public-kept-while-cleaning-up",
            get(kept_while_cleaning_up),
        )
        .route("/journal/public-spawned", get(spawned));
    let layer = ProtectLayer::new(server(), verifier())
        .public_path("/journal/public")
        .public_path("/journal/public-kept-while-cleaning-up")
        .public_path("/journal/public-spawned");
    let metadata = layer.metadata();
    Router::from(metadata).merge(routes.layer(layer))
}

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
fn a_refusal_that_an_error_type_made_a_500_is_answered_by_the_layer() {
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
    ] {
        let answer = ask_as_reader(path);
        assert_eq!(answer.status, 403, "{path}");
        for name in ["www-authenticate", "cache-control", "content-type"] {
            let (given, expected) = (answer.headers.get(name), expected.headers().get(name));
            assert_eq!(given, expected, "{path}: {name}");
        }
        assert_eq!(&answer.body, expected.body(), "{path}");
        assert!(!answer.headers.contains_key("content-language"), "{path}");
        let allowed = ask(application(), get_with(path, "Bearer writer"));
        let is_always_an_error = ["/journal/500"].contains(&path);
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
    for status in [200, 302, 404, 502, 503, 504] {
        let answer = ask_as_reader(&format!("/journal/{status}"));
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("www-authenticate"), None);
    }
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
