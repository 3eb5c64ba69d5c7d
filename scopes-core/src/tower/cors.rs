//! CORS headers, with which pages of allowed origins can send requests and read the answers (Fetch
//! standard).

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
    VARY,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

/// The pages that may read a response.
pub(super) enum Cors {
    /// Left to the service or to another layer.
    Off,
    /// Pages of every origin.
    AnyOrigin,
    /// Pages of the origin that the request came from, if it is an allowed one.
    Origin(Option<HeaderValue>),
}

impl Cors {
    /// Adds the headers, unless the service has decided who may read its response.
    pub(super) fn apply(&self, headers: &mut HeaderMap) {
        if headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
            return;
        }
        let origin = match self {
            Self::Off => return,
            Self::AnyOrigin => HeaderValue::from_static("*"),
            Self::Origin(origin) => {
                // A cache must not use the response for another origin.
                headers.append(VARY, HeaderValue::from_static("origin"));
                match origin {
                    Some(origin) => origin.clone(),
                    None => return,
                }
            }
        };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("www-authenticate, mcp-session-id"),
        );
    }
}

/// Returns whether the request is a preflight.
pub(super) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Returns the answer to a preflight, without the header for the origin.
pub(super) fn preflight_response(methods: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static(methods),
    );
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        // `Authorization` has to be named: the asterisk does not include it.
        HeaderValue::from_static(
            "authorization, content-type, last-event-id, mcp-method, mcp-name, mcp-protocol-version, mcp-session-id, *",
        ),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}
