//! The only conversion of a refusal to a response.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE,
    CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_RANGE, CONTENT_TYPE, ETAG, EXPIRES, LAST_MODIFIED,
    RETRY_AFTER, TRAILER, TRANSFER_ENCODING, WWW_AUTHENTICATE,
};
use http::response::Parts;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Map, Value};

use super::own_body::OwnBody;
use crate::caller;
use crate::error::AuthorizeError;
use crate::resource::{Challenge, ResourceServer};

/// Returns the body of a refusal and its media type.
///
/// ```
/// # use scopes_core::{ResourceServer, testing::StaticVerifier, tower::ProtectLayer};
/// use bytes::Bytes;
/// use http::HeaderValue;
/// # let server = ResourceServer::builder("https://mcp.example.com/mcp");
/// # let server = server.authorization_server("https://auth.example.com").build()?;
/// let text = HeaderValue::from_static("text/plain");
/// let protect = ProtectLayer::new(server, StaticVerifier::new())
///     .refusal_body(move |refusal, _| (text.clone(), Bytes::from(refusal.to_string())));
/// # let _ = protect;
/// # Ok::<(), scopes_core::resource::BuildResourceServerError>(())
/// ```
pub type RefusalBody =
    dyn Fn(&AuthorizeError, Option<&Challenge>) -> (HeaderValue, Bytes) + Send + Sync;

/// The refusal of a request, in the extensions of its response.
///
/// [`ProtectLayer`](super::ProtectLayer) completes every response with this extension: it sets the
/// status, `WWW-Authenticate`, `Cache-Control`, `Retry-After` and the body, and removes the
/// extension. The other headers of the response stay, except those that describe its body.
///
/// The gate of [`mcp`](crate::mcp) refuses requests in this way, and so does an [`AuthorizeError`]
/// that an axum handler returns. Services of other frameworks put the extension into a response of
/// theirs, or use [`into_response`](Self::into_response):
///
/// ```
/// use http::Response;
/// use scopes_core::AuthorizeError;
/// use scopes_core::tower::Refusal;
///
/// let mut response = Response::new("refused");
/// let refusal = Refusal::from(AuthorizeError::MissingToken);
/// response.extensions_mut().insert(refusal);
/// ```
#[derive(Clone)]
pub struct Refusal {
    error: Arc<AuthorizeError>,
    /// Replaces the body that the layer is configured to write.
    body: Option<Arc<RefusalBody>>,
}

impl Refusal {
    /// Returns a refusal with a body of its own, whatever the layer's settings.
    #[cfg(feature = "mcp")]
    pub(crate) fn with_body(
        error: AuthorizeError,
        body: impl Fn(&AuthorizeError, Option<&Challenge>) -> (HeaderValue, Bytes)
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self {
            error: Arc::new(error),
            body: Some(Arc::new(body)),
        }
    }

    /// Returns why the request is refused.
    #[must_use]
    pub fn error(&self) -> &AuthorizeError {
        &self.error
    }

    /// Returns a response with this refusal in its extensions.
    ///
    /// Within a [`ProtectLayer`](super::ProtectLayer), which writes the headers, the response has
    /// only the status and a body. Without one, this is the answer: its challenge lacks the realm,
    /// the baseline scopes and the URL of the metadata, which only the layer has. The body is
    /// written when it is read.
    #[must_use]
    pub fn into_response(self) -> Response<OwnBody> {
        let mut parts = empty();
        let mut challenge = None;
        if caller::is_in_layer() {
            parts.status = status(&self.error);
            parts.headers.insert(CACHE_CONTROL, NO_STORE);
        } else {
            challenge = Challenge::without_server(&self.error);
            set_headers(&mut parts, &self.error, challenge.as_ref());
        }
        parts.headers.insert(CONTENT_TYPE, JSON);
        parts.extensions.insert(self.clone());
        let body = OwnBody::written_when_read(move || {
            let challenge = challenge.or_else(|| Challenge::without_server(&self.error));
            let body = self.body.as_deref().unwrap_or(&json_body);
            body(&self.error, challenge.as_ref()).1
        });
        Response::from_parts(parts, body)
    }

    /// Turns `parts` into those of the answer of `server`, and returns the body: the refusal's own,
    /// or else the one that `default` writes.
    pub(super) fn answer(
        &self,
        parts: &mut Parts,
        server: &ResourceServer,
        default: &RefusalBody,
    ) -> Bytes {
        remove_headers_of_body(parts);
        let body = self.body.as_deref().unwrap_or(default);
        answer(parts, server, &self.error, body)
    }
}

impl From<AuthorizeError> for Refusal {
    fn from(error: AuthorizeError) -> Self {
        Self {
            error: Arc::new(error),
            body: None,
        }
    }
}

/// Turns `parts` into those of the answer to a request with a valid token whose caller was lost
/// within the service, and returns the body. A 401 would make the client sign in again and again.
pub(super) fn lost_caller(parts: &mut Parts) -> Bytes {
    remove_headers_of_body(parts);
    parts.status = StatusCode::INTERNAL_SERVER_ERROR;
    parts.headers.insert(CACHE_CONTROL, NO_STORE);
    parts.headers.remove(WWW_AUTHENTICATE);
    parts.headers.remove(RETRY_AFTER);
    parts.headers.insert(CONTENT_TYPE, JSON);
    const { Bytes::from_static(LOST_CALLER.as_bytes()) }
}

const LOST_CALLER: &str = r#"{"error":"server_error","error_description":"The server cannot tell who is calling. Its log says why."}"#;

fn remove_headers_of_body(parts: &mut Parts) {
    for name in &OF_BODY {
        parts.headers.remove(name);
    }
}

/// Headers that describe a body, and are wrong once it is replaced.
const OF_BODY: [HeaderName; 12] = [
    ACCEPT_RANGES,
    CONTENT_DISPOSITION,
    CONTENT_ENCODING,
    CONTENT_LANGUAGE,
    CONTENT_LENGTH,
    CONTENT_LOCATION,
    CONTENT_RANGE,
    ETAG,
    EXPIRES,
    LAST_MODIFIED,
    TRAILER,
    TRANSFER_ENCODING,
];

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Returns the answer of `server` to a request that is refused: status, `WWW-Authenticate`,
/// `Cache-Control` and, of a 503, `Retry-After`.
///
/// ```
/// # use scopes_core::ResourceServer;
/// use scopes_core::AuthorizeError;
/// use scopes_core::tower::refusal_response;
/// # let server = ResourceServer::builder("https://mcp.example.com/mcp");
/// # let server = server.authorization_server("https://auth.example.com").build()?;
/// let response = refusal_response(&server, &AuthorizeError::MissingToken);
/// assert_eq!(response.status(), 401);
/// assert!(response.headers().contains_key("www-authenticate"));
/// # Ok::<(), scopes_core::resource::BuildResourceServerError>(())
/// ```
#[must_use]
pub fn refusal_response(server: &ResourceServer, refusal: &AuthorizeError) -> Response<Bytes> {
    response(server, refusal, &json_body)
}

/// The answer of `server` with this body.
pub(super) fn response(
    server: &ResourceServer,
    refusal: &AuthorizeError,
    body: &RefusalBody,
) -> Response<Bytes> {
    let mut parts = empty();
    let body = answer(&mut parts, server, refusal, body);
    Response::from_parts(parts, body)
}

fn empty() -> Parts {
    Response::new(()).into_parts().0
}

fn answer(
    parts: &mut Parts,
    server: &ResourceServer,
    refusal: &AuthorizeError,
    body: &RefusalBody,
) -> Bytes {
    let challenge = server.challenge(refusal);
    set_headers(parts, refusal, challenge.as_ref());
    let (media_type, body) = body(refusal, challenge.as_ref());
    parts.headers.insert(CONTENT_TYPE, media_type);
    body
}

fn set_headers(parts: &mut Parts, refusal: &AuthorizeError, challenge: Option<&Challenge>) {
    parts.status = status(refusal);
    parts.headers.insert(CACHE_CONTROL, NO_STORE);
    let challenge =
        challenge.and_then(|challenge| HeaderValue::try_from(challenge.to_string()).ok());
    match challenge {
        Some(challenge) => parts.headers.insert(WWW_AUTHENTICATE, challenge),
        // A challenge by the service is not one of this server.
        None => parts.headers.remove(WWW_AUTHENTICATE),
    };
    if let AuthorizeError::Unavailable { retry_after } = refusal {
        let seconds = HeaderValue::from(whole_seconds(*retry_after));
        parts.headers.insert(RETRY_AFTER, seconds);
    } else {
        // The service's own value was for another answer.
        parts.headers.remove(RETRY_AFTER);
    }
}

/// Returns the status. All statuses of refusals are valid; the fallback refuses as well.
fn status(refusal: &AuthorizeError) -> StatusCode {
    StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Rounds up, because a client that retries too early is refused again. Ten milliseconds are
/// ignored: the request itself takes longer.
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
    (JSON, Value::from(body).to_string().into())
}

impl fmt::Debug for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Refusal")
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}
