//! The revocation that a request asks for.

use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body::Body;
use http_body_util::BodyExt as _;
use serde::Deserialize;

use super::problem::Problem;
use crate::revocation::Revocation;
use crate::timer::Timer;

/// The longest body, which has room for the longest token in a form.
const MAX_BODY: usize = 64 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The format of a body.
#[derive(Clone, Copy)]
pub(super) enum Format {
    /// `application/x-www-form-urlencoded` (RFC 7009 section 2.1).
    Form,
    Json,
}

impl Format {
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let media_type = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or_default();
        let name = media_type.split(';').next().unwrap_or_default().trim();
        if name.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            Ok(Self::Form)
        } else if name.eq_ignore_ascii_case("application/json") {
            Ok(Self::Json)
        } else {
            Err(Problem::MediaType)
        }
    }
}

/// Reads the body of a request.
pub(super) async fn read<B: Body<Data = Bytes>>(
    format: Format,
    body: B,
) -> Result<Revocation, Problem> {
    let mut body = pin!(whole(body));
    let mut timer = Timer::after(BODY_TIMEOUT);
    let body = std::future::poll_fn(|context| match body.as_mut().poll(context) {
        Poll::Ready(body) => Poll::Ready(body),
        Poll::Pending => Pin::new(&mut timer)
            .poll(context)
            .map(|()| Err(Problem::TimedOut)),
    });
    let body = body.await?;
    match format {
        Format::Form => of_form(&body),
        Format::Json => of_json(&body),
    }
}

async fn whole<B: Body<Data = Bytes>>(body: B) -> Result<Vec<u8>, Problem> {
    let mut body = pin!(body);
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::Invalid("The request body could not be read."))?;
        let data = frame.into_data().unwrap_or_default();
        if whole.len() + data.len() > MAX_BODY {
            return Err(Problem::TooLong);
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole)
}

/// Reads a form. Members that RFC 7009 does not define are ignored.
fn of_form(body: &[u8]) -> Result<Revocation, Problem> {
    let (mut token, mut hint) = (None, None);
    for (name, value) in form_urlencoded::parse(body) {
        let member = match &*name {
            "token" => &mut token,
            "token_type_hint" => &mut hint,
            _ => continue,
        };
        if member.replace(value).is_some() {
            return Err(Problem::Invalid(
                "`token` or `token_type_hint` stands in the form twice.",
            ));
        }
    }
    // Other hints than those of RFC 7009 are ignored, as it says.
    if hint.as_deref() == Some("refresh_token") {
        return Err(Problem::UnsupportedTokenType);
    }
    let token = token.filter(|token| !token.is_empty());
    let token = token.ok_or(Problem::Invalid("The form has no `token`."))?;
    Ok(Revocation::token(&token))
}

/// The JSON body of a request.
#[derive(Deserialize)]
#[serde(tag = "revoke", rename_all = "snake_case", deny_unknown_fields)]
enum Asked {
    Token { token: String },
    Session { iss: String, sid: String },
    Subject { iss: String, sub: String },
    Client { iss: String, client_id: String },
    IssuedBefore { iss: String, issued_before: f64 },
}

fn of_json(body: &[u8]) -> Result<Revocation, Problem> {
    const FORM: Problem = Problem::Invalid(
        "The body is none of these: {\"revoke\": \"token\", \"token\"}, {\"revoke\": \"session\", \"iss\", \
         \"sid\"}, {\"revoke\": \"subject\", \"iss\", \"sub\"}, {\"revoke\": \"client\", \"iss\", \
         \"client_id\"}, {\"revoke\": \"issued_before\", \"iss\", \"issued_before\": seconds since 1970}. \
         Every member is required, and no other is allowed.",
    );
    let asked = serde_json::from_slice(body).map_err(|_| FORM)?;
    let (texts, revocation) = match &asked {
        Asked::Token { token } => ([token, token], Revocation::token(token)),
        Asked::Session { iss, sid } => ([iss, sid], Revocation::session(iss, sid)),
        Asked::Subject { iss, sub } => ([iss, sub], Revocation::subject(iss, sub)),
        Asked::Client { iss, client_id } => ([iss, client_id], Revocation::client(iss, client_id)),
        Asked::IssuedBefore { iss, issued_before } => {
            let since = Duration::try_from_secs_f64(*issued_before).ok();
            let instant = since.and_then(|since| UNIX_EPOCH.checked_add(since));
            let instant = instant.ok_or(FORM)?;
            ([iss, iss], Revocation::issued_before(iss, instant))
        }
    };
    if texts.iter().any(|text| text.is_empty()) {
        return Err(Problem::Invalid("A member is empty."));
    }
    Ok(revocation)
}
