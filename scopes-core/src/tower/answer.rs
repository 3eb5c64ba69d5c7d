//! Refusals as responses.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Map, Value, json};

use super::layer::{RefusalBody, Settings};
use crate::error::AuthorizeError;
use crate::resource::{Challenge, ResourceServer};

/// The answer to a request that is refused: status, `WWW-Authenticate`, `Cache-Control` and, of a
/// 503, `Retry-After`.
#[must_use]
pub fn refusal_response(server: &ResourceServer, refusal: &AuthorizeError) -> Response<Bytes> {
    response_with(server, refusal, &json_body)
}

/// The answer with this body, or else that of the settings.
pub(super) fn refused(
    settings: &Settings,
    refusal: &AuthorizeError,
    body: Option<&RefusalBody>,
) -> Response<Bytes> {
    response_with(&settings.server, refusal, body.unwrap_or(&*settings.body))
}

fn response_with(
    server: &ResourceServer,
    refusal: &AuthorizeError,
    body: &RefusalBody,
) -> Response<Bytes> {
    let challenge = server.challenge(refusal);
    let (media_type, body) = body(refusal, challenge.as_ref());
    let mut response = Response::new(body);
    // The statuses of refusals are all valid; were one not, it would still be a refusal.
    *response.status_mut() =
        StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, media_type);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(challenge) = challenge
        && let Ok(value) = HeaderValue::from_str(&challenge.to_string())
    {
        headers.insert(WWW_AUTHENTICATE, value);
    }
    if let AuthorizeError::Unavailable { retry_after } = refusal {
        headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(*retry_after)));
    }
    response
}

/// Returns a refusal that no token changes: the same bytes for every request, no challenge.
pub(super) fn without_challenge(
    status: StatusCode,
    error: &str,
    description: &str,
) -> Response<Bytes> {
    let body = json!({ "error": error, "error_description": description });
    let mut response = Response::new(body.to_string().into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Returns the 405 of an endpoint that takes only `methods`.
pub(super) fn method_not_allowed(methods: &'static str) -> Response<Bytes> {
    let description = format!("Allowed methods: {}.", methods.replace(',', ""));
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let mut response = without_challenge(status, "method_not_allowed", &description);
    let headers = response.headers_mut();
    headers.insert(ALLOW, HeaderValue::from_static(methods));
    response
}

/// The seconds, rounded up: a client that comes too early comes in vain. A hundredth is less than
/// the request takes.
fn whole_seconds(duration: Duration) -> u64 {
    let rest = u64::from(duration.subsec_millis() > 10);
    duration.as_secs().saturating_add(rest).max(1)
}

/// `{"error": .., "error_description": .., "scope": ..}`
pub(super) fn json_body(
    refusal: &AuthorizeError,
    challenge: Option<&Challenge>,
) -> (HeaderValue, Bytes) {
    let mut body = Map::new();
    body.insert("error".to_owned(), refusal.body_code().into());
    body.insert("error_description".to_owned(), refusal.to_string().into());
    if let Some(challenge) = challenge.filter(|challenge| !challenge.scope().is_empty()) {
        body.insert("scope".to_owned(), challenge.scope().to_string().into());
    }
    (
        HeaderValue::from_static("application/json"),
        Value::from(body).to_string().into(),
    )
}
