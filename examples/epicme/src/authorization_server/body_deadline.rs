//! A deadline for request bodies, so that slow clients do not hold connections.

use std::time::Duration;

use axum::body::{self, Body};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::{CONNECTION, HeaderValue};

/// More than any request has.
const MAX_BODY: usize = 32 * 1024;

const DEADLINE: Duration = Duration::from_secs(30);

/// Reads the whole body before the handler runs, so that the deadline never cancels a handler.
pub(super) async fn read_body(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let read = tokio::time::timeout(DEADLINE, body::to_bytes(body, MAX_BODY)).await;
    match read {
        Ok(Ok(body)) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Ok(Err(_)) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => {
            let mut response = StatusCode::REQUEST_TIMEOUT.into_response();
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
            response
        }
    }
}
