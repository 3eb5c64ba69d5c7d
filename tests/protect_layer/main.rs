//! The layer over HTTP: one table of requests and answers, through axum and through a bare
//! service, with the answer of a guard in a handler the same as that of the layer.

#![allow(clippy::expect_used, reason = "a test may panic")]

mod absent;
mod hosts;
mod metadata;
mod open_to_all;
mod origins;
mod public_paths;
mod refusals;
mod services;
mod swallowed;
mod swallowing;
mod unread_bodies;
mod wire;

use axum::Router;
use axum::routing::{get, post};
use bytes::Bytes;
use futures::executor::block_on;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use scopes_core::testing::StaticVerifier;
use scopes_core::tower::{ProtectLayer, refusal_response};
use scopes_core::{
    AuthorizeError, Caller, Registry, ResourceServer, VerifiedToken, authorize, requires_scopes,
};
use scopes_tests::vocabulary::Scope;
use serde_json::{Value, json};
use tower::{Service, ServiceExt};

const METADATA: &str = "https://api.example.com/.well-known/oauth-protected-resource/journal";

fn server() -> ResourceServer {
    ResourceServer::builder("https://api.example.com/journal")
        .authorization_server("https://auth.example.com")
        .registry(Registry::default())
        .catalog::<Scope>()
        .build()
        .expect("valid settings")
}

fn verifier() -> StaticVerifier {
    StaticVerifier::new()
        .token("reader", "ada", "entries:read")
        .and_then(|verifier| verifier.token("writer", "ada", "entries:write"))
        .and_then(|verifier| verifier.token("nothing", "ada", ""))
        .expect("valid scopes")
}

#[requires_scopes(any("entries:read", "entries:write"), catalog = Scope)]
async fn list_entries() -> Result<&'static str, AuthorizeError> {
    std::future::ready(Ok("entries")).await
}

#[requires_scopes("entries:write", catalog = Scope, from = token)]
async fn create_entry(token: VerifiedToken) -> Result<String, AuthorizeError> {
    std::future::ready(Ok(format!(
        "created by {}",
        token.subject().unwrap_or_default()
    )))
    .await
}

async fn health(caller: Caller, token: Option<VerifiedToken>) -> &'static str {
    std::future::ready(()).await;
    if caller.token().is_none() && token.is_none() {
        "well"
    } else {
        "somebody"
    }
}

fn application() -> Router {
    let protect = ProtectLayer::new(server(), verifier()).public_path("/health");
    let metadata = protect.metadata();
    let routes = Router::new()
        .route("/journal", get(list_entries))
        .route("/journal/entries", post(create_entry))
        .route("/health", get(health))
        .layer(protect);
    Router::from(metadata).merge(routes)
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().map(|value| value.to_str().expect("ASCII"));
        assert!(values.next().is_none(), "{name} appears once");
        value
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

fn ask<S, B>(service: S, request: http::request::Builder) -> Answer
where
    S: Service<Request<axum::body::Body>, Response = Response<B>>,
    S::Error: std::fmt::Debug,
    B: http_body::Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let request = request.body(axum::body::Body::empty()).expect("a request");
    let (head, body) = block_on(service.oneshot(request))
        .expect("an answer")
        .into_parts();
    let body = block_on(body.collect()).expect("a body").to_bytes();
    Answer {
        status: head.status,
        headers: head.headers,
        body,
    }
}

fn get_with(path: &str, authorization: &str) -> http::request::Builder {
    Request::get(path).header("authorization", authorization)
}

#[test]
fn the_canonical_answers() {
    let refused_token = format!(
        r#"Bearer error="invalid_token", scope="user:read", resource_metadata="{METADATA}", error_description="The access token is not valid.""#
    );
    let malformed = format!(
        r#"Bearer error="invalid_request", resource_metadata="{METADATA}", error_description="The Authorization header is malformed.""#
    );
    let insufficient = format!(
        r#"Bearer error="insufficient_scope", scope="entries:read", resource_metadata="{METADATA}", error_description="At least one of: entries:read entries:write is required.""#
    );
    let missing = format!(r#"Bearer scope="user:read", resource_metadata="{METADATA}""#);
    let long = format!("Bearer {}", "a".repeat(100 * 1024));
    let table: [(&str, u16, Option<&str>); 12] = [
        ("Bearer reader", 200, None),
        ("bearer   writer", 200, None),
        ("", 401, Some(&missing)),
        ("Basic cmVhZGVyOg==", 401, Some(&missing)),
        ("DPoP reader", 401, Some(&missing)),
        ("Bearer stranger", 401, Some(&refused_token)),
        ("Bearer Reader", 401, Some(&refused_token)),
        (&long, 401, Some(&refused_token)),
        ("Bearer", 400, Some(&malformed)),
        ("Bearer reader, Bearer writer", 400, Some(&malformed)),
        ("Bearer r\u{e9}ader", 400, Some(&malformed)),
        ("Bearer nothing", 403, Some(&insufficient)),
    ];
    for (authorization, status, challenge) in table {
        let value = HeaderValue::from_bytes(authorization.as_bytes()).expect("a header value");
        let answer = ask(
            application(),
            Request::get("/journal").header("authorization", value),
        );
        assert_eq!(answer.status, status, "{authorization:.40}");
        assert_eq!(
            answer.header("www-authenticate"),
            challenge,
            "{authorization:.40}"
        );
        let is_refused = challenge.is_some();
        assert_eq!(
            answer.header("cache-control"),
            is_refused.then_some("no-store")
        );
        assert_eq!(answer.body == "entries", !is_refused);
    }
    let answer = ask(application(), Request::get("/journal"));
    assert_eq!(
        (answer.status.as_u16(), answer.header("www-authenticate")),
        (401, Some(&*missing))
    );
}

#[test]
fn two_authorization_headers_are_refused() {
    let request = get_with("/journal", "Bearer reader").header("authorization", "Bearer reader");
    let answer = ask(application(), request);
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["error"], "invalid_request");
}

#[test]
fn a_token_in_the_query_is_not_looked_at() {
    let answer = ask(application(), Request::get("/journal?access_token=reader"));
    assert_eq!(answer.status, 401);
    let answer = ask(
        application(),
        get_with("/journal?access_token=stranger", "Bearer reader"),
    );
    assert_eq!(answer.status, 200);
}

#[test]
fn a_refusal_says_in_json_what_the_header_says() {
    let answer = ask(application(), get_with("/journal", "Bearer nothing"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(
        answer.json(),
        json!({
            "error": "insufficient_scope",
            "error_description": "At least one of: entries:read entries:write is required.",
            "scope": "entries:read",
        }),
    );
    let anonymous = ask(application(), Request::get("/journal")).json();
    assert_eq!(
        anonymous,
        json!({
            "error": "missing_token",
            "error_description": "An access token is required.",
            "scope": "user:read",
        })
    );
}

#[test]
fn a_guard_in_a_handler_answers_like_the_layer() {
    // `from = token` refuses in the handler; the expected bytes are those of the public function.
    let answer = ask(
        application(),
        Request::post("/journal/entries").header("authorization", "Bearer reader"),
    );
    let caller = scopes_core::testing::caller("ada", "entries:read").expect("valid scopes");
    let requirement = scopes_core::Requirement::one(Scope::EntriesWrite);
    let refusal = authorize(&requirement, &caller).expect_err("refused");
    let expected = refusal_response(&server(), &refusal);
    assert_eq!(answer.status, expected.status());
    for name in ["www-authenticate", "cache-control", "content-type"] {
        assert_eq!(
            answer.headers.get(name),
            expected.headers().get(name),
            "{name}"
        );
    }
    assert_eq!(&answer.body, expected.body());

    let allowed = ask(
        application(),
        Request::post("/journal/entries").header("authorization", "Bearer writer"),
    );
    assert_eq!(
        (allowed.status.as_u16(), &*allowed.body),
        (200, b"created by ada".as_slice())
    );
}

#[test]
fn public_paths_ask_for_no_token_and_look_at_none() {
    assert_eq!(ask(application(), Request::get("/health")).body, "well");
    assert_eq!(
        ask(application(), get_with("/health", "Bearer reader")).body,
        "well"
    );
    assert_eq!(
        ask(application(), get_with("/health", "Bearer stranger")).body,
        "well"
    );
    for path in [
        "/health/",
        "/healthy",
        "/Health",
        "//health",
        "/health/../journal",
    ] {
        assert_eq!(ask(application(), Request::get(path)).status, 401, "{path}");
    }
}

#[test]
fn unknown_paths_need_a_token_too() {
    assert_eq!(ask(application(), Request::get("/nothing")).status, 401);
    assert_eq!(
        ask(application(), get_with("/nothing", "Bearer reader")).status,
        404
    );
}

#[test]
fn the_body_of_a_refusal_can_be_replaced() {
    let layer = ProtectLayer::new(server(), verifier()).refusal_body(|refusal, challenge| {
        let body = format!("{} {}", refusal.status(), challenge.is_some());
        (HeaderValue::from_static("text/plain"), body.into())
    });
    let application = Router::new()
        .route("/journal", get(list_entries))
        .layer(layer);
    for (authorization, body) in [
        ("Bearer stranger", "401 true"),
        ("Bearer nothing", "403 true"),
    ] {
        let answer = ask(application.clone(), get_with("/journal", authorization));
        assert_eq!(answer.body, body);
        assert_eq!(answer.header("content-type"), Some("text/plain"));
        assert!(answer.header("www-authenticate").is_some());
    }
}

#[test]
fn every_method_needs_a_token() {
    for method in [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::HEAD,
        Method::TRACE,
    ] {
        let answer = ask(
            application(),
            Request::builder().method(method.clone()).uri("/journal"),
        );
        assert_eq!(answer.status, 401, "{method}");
    }
}
