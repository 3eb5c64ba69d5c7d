//! A client that says twice who it is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderMap;
use http::header::AUTHORIZATION;

/// The form without its `client_id`, where the `Authorization` header names the same client.
///
/// Shipped clients that authenticate by the header (RFC 6749 section 2.3.1) send the id in the form
/// as well, as public clients have to (section 3.2.1). That is one method of authentication, and
/// one client; the protocol takes it for two. Where the two differ, it is left to refuse them.
pub(super) fn without_repeated_client_id(headers: &HeaderMap, body: Bytes) -> Bytes {
    let Some(client_id) = basic_client_id(headers) else {
        return body;
    };
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(&body) {
        if !(name == "client_id" && value == client_id) {
            form.append_pair(&name, &value);
        }
    }
    form.finish().into()
}

/// The client that a request names, in the header or in the form. Nothing is proved by it.
pub(super) fn named_client(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    basic_client_id(headers).or_else(|| {
        let mut form = form_urlencoded::parse(body);
        let client_id = form.find(|(name, _)| name == "client_id");
        client_id.map(|(_, value)| value.into_owned())
    })
}

/// The user name of `Basic` credentials, whose two parts are encoded like a form.
fn basic_client_id(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let credentials = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (client_id, _) = credentials.split_once(':')?;
    let (client_id, _) = form_urlencoded::parse(client_id.as_bytes()).next()?;
    Some(client_id.into_owned())
}
