//! The id of a request, by which its events are found in other logs.

use http::HeaderMap;

/// Returns the trace id of `traceparent` (W3C Trace Context section 3.2), else `x-request-id`.
///
/// Both come from the client, so what would break a line of a log or fill it is not taken.
pub(super) fn of(headers: &HeaderMap) -> Option<String> {
    let value = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(value)
    };
    let traced = value("traceparent").and_then(trace_id);
    let id = traced.or_else(|| value("x-request-id").filter(|id| is_request_id(id)));
    id.map(str::to_owned)
}

fn trace_id(parent: &str) -> Option<&str> {
    let mut parts = parent.split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let has_known_end = version != "00" || parts.next().is_none();
    let is_hex = |text: &str, length| {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        text.len() == length && text.bytes().all(is_digit)
    };
    let is_valid = is_hex(version, 2) && version != "ff" && is_hex(trace, 32) && is_hex(span, 16);
    let is_zero = |text: &str| text.bytes().all(|byte| byte == b'0');
    let is_valid = is_valid && is_hex(flags, 2) && !is_zero(trace) && !is_zero(span);
    (is_valid && has_known_end).then_some(trace)
}

fn is_request_id(id: &str) -> bool {
    (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}
