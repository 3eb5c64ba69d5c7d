//! JSON documents of authorization servers, and explanations for answers that are not documents.

use serde::de::DeserializeOwned;

use crate::fetch::{FetchError, FetchResponse};

/// The number of characters of an answer that an error quotes.
const QUOTED: usize = 200;

/// Reads the document in an answer with the status 200.
///
/// # Errors
///
/// Returns a description of any other answer, to be put behind its URL.
#[cfg(any(feature = "introspection", feature = "jwt"))]
pub(crate) fn read<T: DeserializeOwned>(answer: &FetchResponse) -> Result<T, FetchError> {
    let problem = match answer.status {
        200 => {
            let body = without_byte_order_mark(&answer.body);
            match serde_json::from_slice(body) {
                // serde reads an array as the members of an object in their order.
                Ok(_) if body.trim_ascii_start().starts_with(b"[") => {
                    "answers with a JSON array instead of an object".to_owned()
                }
                Ok(document) => return Ok(document),
                Err(error) => {
                    body_problem(answer).map_or_else(|| json_problem(&error), str::to_owned)
                }
            }
        }
        _ => status_problem(answer),
    };
    Err(FetchError::new(problem))
}

/// Returns the body without a UTF-8 byte order mark, which some servers send with files. A parser
/// may ignore it (RFC 8259 section 8.1).
pub(crate) fn without_byte_order_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// Returns what a status other than 200 means.
pub(crate) fn status_problem(answer: &FetchResponse) -> String {
    let status = answer.status;
    match status {
        300..=399 => match answer.header("location") {
            Some(target) => format!(
                "answers {status}, a redirect to {:?}; redirects are not followed",
                shortened(target)
            ),
            None => format!("answers {status}, a redirect without a target"),
        },
        401 | 403 => format!("answers {status}: access is denied"),
        404 | 410 => format!("answers {status}: no document is there"),
        429 => match answer.header("retry-after") {
            Some(after) => format!(
                "answers 429: too many requests; `Retry-After` is {:?}",
                shortened(after)
            ),
            None => "answers 429: too many requests".to_owned(),
        },
        500..=599 => format!("answers {status}: the server failed"),
        _ => format!("answers {status}; expected 200"),
    }
}

/// Returns a description of a body that is not JSON, if its kind is known.
pub(crate) fn body_problem(answer: &FetchResponse) -> Option<&'static str> {
    let body = answer.body.as_slice();
    let coding = answer.header("content-encoding").unwrap_or("identity");
    let media_type = answer.header("content-type").unwrap_or_default();
    let start = without_byte_order_mark(body).trim_ascii_start();
    if start.is_empty() {
        Some("answers with an empty body")
    } else if !coding.eq_ignore_ascii_case("identity") || body.starts_with(b"\x1f\x8b") {
        Some("answers with a compressed body, which was not asked for")
    } else if body
        .iter()
        .take(4)
        .any(|byte| matches!(byte, 0 | 0xfe | 0xff))
    {
        Some("answers in UTF-16 or UTF-32; JSON is UTF-8 (RFC 8259 section 8.1)")
    } else if start.starts_with(b"<") || media_type.to_ascii_lowercase().starts_with("text/html") {
        Some("answers with HTML or XML instead of JSON")
    } else {
        None
    }
}

fn json_problem(error: &serde_json::Error) -> String {
    let what = if error.is_data() {
        "JSON of another kind"
    } else {
        "invalid JSON"
    };
    format!("answers with {what}: {}", shortened(&error.to_string()))
}

/// Returns the start of an untrusted text, for an error.
pub(crate) fn shortened(text: &str) -> String {
    text.chars().take(QUOTED).collect()
}
