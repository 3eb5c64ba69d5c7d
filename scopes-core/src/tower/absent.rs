//! Paths that clients probe for an authorization server, which a protected resource is not.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;

/// RFC 8414 section 3.1 and OpenID Connect Discovery section 4 let the path of the issuer follow.
const METADATA: [&str; 2] = [
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
];

/// Whether a client asks there for an authorization server. A 401 would be taken for its answer.
pub(super) fn is_probed(path: &str) -> bool {
    let mut suffixes = METADATA.iter().filter_map(|known| path.strip_prefix(known));
    path == "/register" || suffixes.any(|suffix| suffix.is_empty() || suffix.starts_with('/'))
}

/// The same bytes for every request.
pub(super) fn response() -> Response<Bytes> {
    let body = json!({
        "error": "not_found",
        "error_description": "This is not an authorization server. The metadata of the protected \
                              resource names its authorization servers.",
    });
    let mut response = Response::new(body.to_string().into());
    *response.status_mut() = StatusCode::NOT_FOUND;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
