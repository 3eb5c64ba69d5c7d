//! An application whose error types know no refusals.

use std::error::Error;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::executor::block_on;
use http::StatusCode;
use scopes_core::tower::ProtectLayer;
use scopes_core::{AuthorizeError, Caller, Requirement, VerifiedToken, authorize, requires_scopes};
use scopes_tests::vocabulary::Scope;

use super::{server, verifier};

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
            Self::Refused(_) | Self::Database => internal_error(),
        }
    }
}

#[requires_scopes("entries:write", catalog = Scope, unlisted)]
pub(crate) async fn create_entry() -> Result<(), AuthorizeError> {
    std::future::ready(Ok(())).await
}

#[requires_scopes("tags:read", catalog = Scope, unlisted)]
pub(crate) fn list_tags() -> Result<Vec<String>, AuthorizeError> {
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
pub(crate) async fn yield_now() {
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

/// Fails without a wait, and says when to try again.
async fn overloaded(Path(status): Path<u16>) -> Response {
    drop(create_entry().await);
    let status = StatusCode::from_u16(status).expect("a status");
    (status, [("retry-after", "17")], "Later.").into_response()
}

/// The second refusal becomes the answer at once; the wait was before it.
async fn refused_again_after_a_wait() -> Result<(), StatusCode> {
    let created = create_entry().await;
    yield_now().await;
    let again = create_entry().await;
    drop(created);
    again.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)
}

/// Keeps the refusal while it asks another server, which fails.
async fn refused_then(status: StatusCode) -> Response {
    let created = create_entry().await;
    yield_now().await;
    drop(created);
    (status, [("retry-after", "17")], "Later.").into_response()
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

pub(crate) fn application() -> Router {
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
            "/journal/501",
            get(|| answered_with(StatusCode::NOT_IMPLEMENTED)),
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
        .route("/journal/overloaded/{status}", get(overloaded))
        .route(
            "/journal/refused-again-after-a-wait",
            get(refused_again_after_a_wait),
        )
        .route(
            "/journal/refused-then-500",
            get(|| refused_then(StatusCode::INTERNAL_SERVER_ERROR)),
        )
        .route(
            "/journal/refused-then-502",
            get(|| refused_then(StatusCode::BAD_GATEWAY)),
        )
        .route(
            "/journal/refused-then-503",
            get(|| refused_then(StatusCode::SERVICE_UNAVAILABLE)),
        )
        .route(
            "/journal/refused-then-504",
            get(|| refused_then(StatusCode::GATEWAY_TIMEOUT)),
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
