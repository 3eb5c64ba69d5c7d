//! An HTTP API behind nginx: error types of the application, tasks without a caller, and its own tests.

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use scopes_core::tower::{ProtectLayer, Refusal};
use scopes_core::{AuthorizeError, Caller, requires_scopes, testing};

use crate::client::{Answer, get as fetch, send, serve};
use crate::journal::{Scope, resource, verifier};
use crate::log::{lines_with, listen};
use crate::nginx::{Door, HOSTS, Nginx};

#[requires_scopes("entries:read", catalog = Scope)]
async fn read_entries() -> Result<&'static str, AuthorizeError> {
    Ok("Dear diary")
}

/// As in the documentation of axum: every error is a 500.
struct Failure(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let text = format!("Something went wrong: {}", self.0);
        (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
    }
}

/// Has statuses of its own.
enum Problem {
    Refused(AuthorizeError),
    Closed,
}

impl From<AuthorizeError> for Problem {
    fn from(refusal: AuthorizeError) -> Self {
        Self::Refused(refusal)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refusal) => Refusal::from(refusal).into_response().into_response(),
            Self::Closed => (StatusCode::FORBIDDEN, "The journal is closed.").into_response(),
        }
    }
}

async fn by_anyhow() -> Result<&'static str, Failure> {
    Ok(read_entries().await?)
}

async fn by_enum() -> Result<&'static str, Problem> {
    Ok(read_entries().await?)
}

async fn closed() -> Result<&'static str, Problem> {
    Err(Problem::Closed)
}

async fn spawned() -> Result<&'static str, AuthorizeError> {
    let task = tokio::spawn(read_entries());
    task.await.unwrap_or(Err(AuthorizeError::MissingToken))
}

async fn spawned_with_the_caller() -> Result<&'static str, AuthorizeError> {
    let task = tokio::spawn(Caller::current().run(read_entries()));
    task.await.unwrap_or(Err(AuthorizeError::MissingToken))
}

/// The API behind an nginx with these lines; returns its URL.
async fn api(lines: &str) -> (String, Nginx) {
    let door = Door::choose();
    let url = format!("{}/entries", door.origin);
    let protect = ProtectLayer::new(resource(&url), verifier()).public_path("/entries/public");
    let metadata = protect.metadata();
    let routes = Router::new()
        .route("/entries", get(read_entries))
        .route("/entries/public", get(read_entries))
        .route("/entries/anyhow", get(by_anyhow))
        .route("/entries/enum", get(by_enum))
        .route("/entries/closed", get(closed))
        .route("/entries/spawned", get(spawned))
        .route("/entries/with-the-caller", get(spawned_with_the_caller));
    let app = serve(routes.layer(protect).merge(metadata)).await;
    let nginx = door.forward(app, lines);
    (url, nginx)
}

async fn ask(nginx: &Nginx, url: &str, token: &str) -> Answer {
    send(nginx.client.get(url).bearer_auth(token)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_survives_the_error_types_of_an_application() {
    for lines in HOSTS {
        let (url, nginx) = api(lines).await;
        for path in ["", "/anyhow", "/enum", "/with-the-caller"] {
            let url = format!("{url}{path}");
            assert_eq!(fetch(&nginx.client, &url).await.status, 401, "{path}");
            let refused = ask(&nginx, &url, "nothing").await;
            assert_eq!(refused.status, 403, "{path}: {}", refused.body);
            assert_eq!(refused.parameter("error"), Some("insufficient_scope"));
            assert_eq!(refused.parameter("scope"), Some("entries:read"));
            assert_eq!(refused.json()["error"], "insufficient_scope", "{path}");
            assert_eq!(ask(&nginx, &url, "reader").await.body, "Dear diary");
        }
        // A 403 for a reason of its own sends no client to its authorization server.
        let closed = ask(&nginx, &format!("{url}/closed"), "reader").await;
        assert_eq!((closed.status, &closed.challenge), (403, &None));
        assert_eq!(closed.body, "The journal is closed.");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_without_a_caller_is_a_fault_of_the_server_and_its_log_names_the_function() {
    listen();
    for lines in HOSTS {
        let (url, nginx) = api(lines).await;
        let url = format!("{url}/spawned");
        let lost = ask(&nginx, &url, "reader").await;
        assert_eq!(
            (lost.status, &lost.challenge),
            (500, &None),
            "{}",
            lost.body
        );
        assert_eq!(lost.json()["error"], "server_error");
        assert_eq!(ask(&nginx, &url, "unknown").await.status, 401);
        assert!(!lines_with(&[" WARN ", "has no caller", "read_entries"]).is_empty());
    }
}

/// A test of the application enters a caller; requests on its thread still have their own.
#[tokio::test]
async fn the_caller_of_a_test_opens_nothing_to_requests() {
    let (url, nginx) = api("").await;
    {
        let _ada = testing::enter("ada", "entries:read");
        assert_eq!(read_entries().await, Ok("Dear diary"));
        for path in ["", "/public"] {
            let url = format!("{url}{path}");
            assert_eq!(fetch(&nginx.client, &url).await.status, 401, "{path}");
        }
        assert_eq!(ask(&nginx, &url, "nothing").await.status, 403);
        assert_eq!(ask(&nginx, &url, "reader").await.body, "Dear diary");
    }
    assert_eq!(read_entries().await, Err(AuthorizeError::MissingToken));
}
