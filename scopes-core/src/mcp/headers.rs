//! The headers of MCP requests, and the check that they match the body.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::message::Message;

const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");
/// The id of the session that a request belongs to, or that an answer opens.
pub(super) const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
/// The id of the last event of a stream that arrived.
pub(super) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Returns whether `Mcp-Method` and `Mcp-Name` match the message (SEP-2243). A header that is
/// absent, or that the message has no value for, matches. The decision uses the body alone; the
/// headers are compared because a proxy may decide by them.
pub(super) fn agree(headers: &HeaderMap, message: &Message<'_>) -> bool {
    says(headers, METHOD, || message.method().map(Cow::Borrowed))
        && says(headers, NAME, || message.header_name())
}

/// Returns whether the header is absent, or has the value that `said` returns, if it returns one.
/// A header is not required: most clients send neither.
fn says<'a>(
    headers: &HeaderMap,
    name: HeaderName,
    said: impl FnOnce() -> Option<Cow<'a, str>>,
) -> bool {
    let mut values = headers.get_all(name).iter().peekable();
    if values.peek().is_none() {
        return true;
    }
    said().is_none_or(|said| {
        values.all(|value| decoded(value).is_some_and(|value| value == said.as_bytes()))
    })
}

/// Returns the value; one that is not valid in a header is encoded as `=?base64?..?=`.
fn decoded(value: &HeaderValue) -> Option<Cow<'_, [u8]>> {
    let value = value.as_bytes();
    let encoded = value
        .strip_prefix(b"=?base64?")
        .and_then(|rest| rest.strip_suffix(b"?="));
    match encoded {
        Some(encoded) => BASE64_STANDARD.decode(encoded).ok().map(Cow::Owned),
        None => Some(Cow::Borrowed(value)),
    }
}

/// Whether the body is something else than the message itself.
pub(super) fn is_encoded(headers: &HeaderMap) -> bool {
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    encodings.any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}
