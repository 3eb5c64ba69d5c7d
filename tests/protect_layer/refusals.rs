//! The refusal in the extensions of a response: the layer answers it, and nobody else.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use http::header::{CONTENT_TYPE, VARY};
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::Full;
use scopes_core::tower::{ProtectLayer, Refusal, refusal_response};
use scopes_core::{
    AuthorizeError, Expression, InvalidRequest, InvalidToken, Requirement, authorize,
};
use scopes_tests::vocabulary::Scope;
use serde_json::json;
use tower::{Layer, service_fn};

use super::{Answer, METADATA, ask, get_with, server, verifier};

fn insufficient(requirement: &Requirement) -> AuthorizeError {
    let caller = scopes_core::testing::caller("ada", "entries:read").expect("valid scopes");
    authorize(requirement, &caller).expect_err("refused")
}

fn every_refusal() -> Vec<AuthorizeError> {
    let mut refusals = vec![AuthorizeError::MissingToken];
    refusals.extend(refusals_of_a_token());
    refusals
}

/// Those that a service may have of a request whose token is valid.
fn refusals_of_a_token() -> Vec<AuthorizeError> {
    let nobody = Requirement::any(Vec::<Expression>::new());
    vec![
        InvalidToken::Expired.into(),
        InvalidToken::Rejected.into(),
        InvalidRequest::SeveralCredentials.into(),
        insufficient(&Requirement::all([Scope::EntriesWrite, Scope::TagsRead])),
        insufficient(&nobody),
        AuthorizeError::Unavailable {
            retry_after: Duration::from_secs(7),
        },
    ]
}

/// The answer of a layer around a service whose response has these headers and this refusal.
fn answered(refusal: &AuthorizeError, headers: &[(HeaderName, &'static str)]) -> Answer {
    let service = service_fn(|_: Request<axum::body::Body>| {
        let mut response = Response::new(Full::from("the service's own text"));
        for (name, value) in headers {
            let value = HeaderValue::from_static(value);
            response.headers_mut().append(name, value);
        }
        let refusal = Refusal::from(refusal.clone());
        response.extensions_mut().insert(refusal);
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let layer = ProtectLayer::new(server(), verifier()).without_cors();
    let _mounted = layer.metadata();
    ask(layer.layer(service), get_with("/", "Bearer reader"))
}

#[test]
fn a_refusal_of_any_service_is_answered_by_the_layer() {
    for refusal in refusals_of_a_token() {
        let answer = answered(&refusal, &[]);
        let expected = refusal_response(&server(), &refusal);
        assert_eq!(answer.status, expected.status(), "{refusal:?}");
        assert_eq!(&answer.headers, expected.headers(), "{refusal:?}");
        assert_eq!(&answer.body, expected.body(), "{refusal:?}");
    }
}

#[test]
fn other_headers_of_a_refused_response_stay() {
    let own = |name| HeaderName::from_static(name);
    let kept = [
        (own("set-cookie"), "a=1"),
        (own("set-cookie"), "b=2"),
        (own("x-request-id"), "17"),
        (own("access-control-allow-origin"), "*"),
        (own("connection"), "close"),
        (VARY, "accept-language"),
    ];
    let of_the_body = [
        (own("content-length"), "22"),
        (own("content-encoding"), "gzip"),
        (own("content-language"), "de"),
        (own("content-range"), "bytes 0-21/22"),
        (own("etag"), "\"text\""),
        (own("last-modified"), "Thu, 26 Nov 2026 00:00:00 GMT"),
        (own("expires"), "Thu, 26 Nov 2026 00:00:00 GMT"),
        (own("transfer-encoding"), "chunked"),
    ];
    let decided_by_the_layer = [
        (CONTENT_TYPE, "text/html"),
        (own("cache-control"), "public, max-age=60"),
        (own("www-authenticate"), "Basic realm=\"service\""),
    ];
    for refusal in refusals_of_a_token() {
        let headers = [&kept[..], &of_the_body, &decided_by_the_layer].concat();
        let answer = answered(&refusal, &headers);
        let mut expected = refusal_response(&server(), &refusal).headers().clone();
        for (name, value) in &kept {
            expected.append(name, HeaderValue::from_static(value));
        }
        assert_eq!(answer.headers, expected, "{refusal:?}");
    }
}

async fn refuse(body: String) -> Result<(), AuthorizeError> {
    let number: usize = body.parse().expect("a number");
    std::future::ready(Err(every_refusal().swap_remove(number))).await
}

fn without_a_layer(number: usize) -> Answer {
    let service = Router::new().route("/", post(refuse));
    let request = Request::post("/").body(axum::body::Body::from(number.to_string()));
    let answer = tower::ServiceExt::oneshot(service, request.expect("a request"));
    let answer = futures::executor::block_on(answer).expect("infallible");
    let (head, body) = answer.into_parts();
    let body = futures::executor::block_on(http_body_util::BodyExt::collect(body));
    Answer {
        status: head.status,
        headers: head.headers,
        body: body.expect("a body").to_bytes(),
    }
}

#[test]
fn without_a_layer_a_refusal_is_complete_but_for_the_metadata() {
    for (number, refusal) in every_refusal().iter().enumerate() {
        let answer = without_a_layer(number);
        let expected = refusal_response(&server(), refusal);
        assert_eq!(answer.status, expected.status(), "{refusal:?}");
        for name in ["cache-control", "content-type", "retry-after"] {
            let (given, expected) = (answer.headers.get(name), expected.headers().get(name));
            assert_eq!(given, expected, "{refusal:?}");
        }
        let challenge = expected.headers().get("www-authenticate");
        let challenge = challenge.map(|challenge| {
            // Only a server has a baseline.
            let challenge = challenge.to_str().expect("ASCII");
            let challenge = challenge.replace(&format!("resource_metadata=\"{METADATA}\""), "");
            let challenge = challenge.replace("scope=\"user:read\", ", "");
            challenge.replace(", , ", ", ").trim_end().to_owned()
        });
        assert_eq!(answer.header("www-authenticate"), challenge.as_deref());
        let body = answer.json();
        assert!(body["error"].is_string(), "{body}");
        assert_eq!(body["error_description"], refusal.to_string());
        let length = answer.header("content-length");
        assert_eq!(length, Some(&*answer.body.len().to_string()));
    }
}

#[test]
fn without_a_layer_the_scopes_to_ask_for_are_named() {
    let answer = without_a_layer(4);
    assert_eq!(
        answer.header("www-authenticate"),
        Some(
            "Bearer error=\"insufficient_scope\", scope=\"entries:read entries:write tags:read\", \
             error_description=\"All of: entries:write tags:read are required.\""
        ),
    );
    assert_eq!(
        answer.json(),
        json!({
            "error": "insufficient_scope",
            "error_description": "All of: entries:write tags:read are required.",
            "scope": "entries:read entries:write tags:read",
        }),
    );
    assert_eq!(
        without_a_layer(0).header("www-authenticate"),
        Some("Bearer")
    );
}

#[test]
fn an_inner_layer_answers_before_an_outer_one() {
    let other = scopes_core::ResourceServer::builder("https://other.example.com/outer")
        .authorization_server("https://auth.example.com")
        .registry(scopes_core::Registry::default())
        .build()
        .expect("valid settings");
    let outer = ProtectLayer::new(other, verifier());
    let inner = ProtectLayer::new(server(), verifier());
    let _mounted = inner.metadata();
    let refused = service_fn(|_: Request<axum::body::Body>| {
        let refusal = Refusal::from(AuthorizeError::from(InvalidToken::Rejected));
        std::future::ready(Ok::<_, Infallible>(refusal.into_response()))
    });
    let answer = ask(
        outer.layer(inner.layer(refused)),
        get_with("/", "Bearer reader"),
    );
    assert_eq!(answer.status, 401);
    let challenge = answer.header("www-authenticate").expect("a challenge");
    assert!(challenge.contains(METADATA), "{challenge}");
}
