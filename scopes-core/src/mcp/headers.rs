//! What the headers say of the body.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::message::Message;

const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");
/// Which session a request belongs to; which one an answer opens.
pub(super) const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
/// Which event of a stream was the last to arrive.
pub(super) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Whether `Mcp-Method` and `Mcp-Name`, where they are given and the message has a method and a
/// name, say what the message says (SEP-2243). They never decide: a proxy may believe them, and the
/// server the body, and neither knows of it.
pub(super) fn agree(headers: &HeaderMap, message: &Message<'_>) -> bool {
    says(headers, METHOD, || message.method().map(Cow::Borrowed))
        && says(headers, NAME, || message.header_name())
}

/// Whether the header is absent, or says what the message says, if that says anything. Most clients
/// send neither: it is not asked for nothing.
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

/// The value; one that is no header value as it is comes as `=?base64?..?=`.
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
