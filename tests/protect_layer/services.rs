//! Verifiers that wait, services that are not axum's, and services without the layer.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use scopes_core::testing::StaticVerifier;
use scopes_core::token::{AcceptToken, VerifyTokenError};
use scopes_core::tower::ProtectLayer;
use scopes_core::{Caller, PresentedToken, TokenVerifier, VerifiedToken};
use tower::service_fn;

use super::{application, ask, create_entry, get_with, list_entries, server, verifier};

/// Waits before it answers, as one that asks another server does.
pub(super) struct Slow(pub(super) StaticVerifier);

impl TokenVerifier for Slow {
    async fn verify(
        &self,
        token: PresentedToken<'_>,
        accept: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        let mut waited = false;
        std::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            if std::mem::replace(&mut waited, true) {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
        match token.as_str() {
            "down" => Err(VerifyTokenError::Unavailable {
                retry_after: Duration::from_secs(7),
            }),
            _ => self.0.verify(token, accept).await,
        }
    }
}

#[test]
fn a_verifier_that_waits_gives_the_same_answers() {
    let slow = || {
        let protect = ProtectLayer::new(server(), Slow(verifier()));
        let routes = Router::new().route("/journal", get(list_entries));
        Router::from(protect.metadata()).merge(routes.layer(protect))
    };
    for authorization in [
        "Bearer reader",
        "Bearer stranger",
        "Bearer nothing",
        "Bearer",
        "",
    ] {
        let request =
            || get_with("/journal", authorization).header("origin", "https://api.example.com");
        let (one, other) = (ask(slow(), request()), ask(application(), request()));
        assert_eq!(
            (one.status, &one.headers, &one.body),
            (other.status, &other.headers, &other.body)
        );
    }
    let down = ask(slow(), get_with("/journal", "Bearer down"));
    assert_eq!(
        (down.status.as_u16(), down.header("retry-after")),
        (503, Some("7"))
    );
    assert_eq!(down.header("www-authenticate"), None);
    assert_eq!(down.header("cache-control"), Some("no-store"));
}

#[test]
fn any_service_can_be_protected() {
    // The guard runs in `call`, before there is a future.
    let service = service_fn(|request: Request<axum::body::Body>| {
        let caller = Caller::current();
        let extension = request.extensions().get::<VerifiedToken>().cloned();
        std::future::ready(Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(
            format!(
                "{:?} {:?}",
                caller.token().and_then(VerifiedToken::subject),
                extension.as_ref().and_then(VerifiedToken::subject),
            ),
        )))))
    });
    let layer = ProtectLayer::new(server(), verifier());
    let answer = ask(
        tower::Layer::layer(&layer, service),
        get_with("/", "Bearer reader"),
    );
    assert_eq!(answer.body, r#"Some("ada") Some("ada")"#);
    assert_eq!(answer.status, 200);
}

#[test]
fn without_the_layer_a_refusal_is_still_one() {
    let bare = Router::new().route("/journal", get(list_entries));
    let answer = ask(bare, get_with("/journal", "Bearer reader"));
    assert_eq!(answer.status, 401, "nobody has said who is calling");
    let bare = Router::new().route("/journal/entries", post(create_entry));
    assert_eq!(ask(bare, Request::post("/journal/entries")).status, 401);
}
