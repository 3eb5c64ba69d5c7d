//! Answers that do not depend on a token: the same bytes for every request, and no challenge.

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;

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
