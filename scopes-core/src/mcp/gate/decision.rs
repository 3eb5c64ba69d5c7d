//! What becomes of a request: the order of checks once it is known who sent it.

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, Method, StatusCode, request};

use super::super::decision::{self, Allowed, Denied};
use super::super::headers;
use super::super::message::Message;
use super::super::methods::Invocation;
use super::answer::Denial;
use super::ending::Ending;
use super::future::Exchange;
use super::layer::Rules;
use super::versions::Asked;
use super::whole_body::ReadBodyError;
use crate::caller::Caller;
use crate::registry::OperationKind;
use crate::token::Principal;

/// Opens the sealed session id in the headers, if there is one, and puts the server's own in its
/// place. Returns whether there is one.
pub(super) fn session(
    rules: &Rules,
    sent: &mut HeaderMap,
    caller: &Caller,
) -> Result<bool, Denial> {
    let mut named = sent.get_all(headers::SESSION).iter();
    let Some(sealed) = named.next() else {
        // Without a session, nothing tells whose events are asked for.
        let resumes = sent.contains_key(headers::LAST_EVENT_ID);
        let problem = "A stream is resumed in its session only.";
        let denial = || Denial::new(StatusCode::BAD_REQUEST, -32600, problem);
        return if resumes { Err(denial()) } else { Ok(false) };
    };
    let is_only_one = named.next().is_none();
    let opened = caller
        .token()
        .and_then(Principal::of)
        .filter(|_| is_only_one)
        .and_then(|principal| rules.session_seal.open(principal, sealed));
    let Some(session) = opened else {
        let problem = "There is no such session.";
        return Err(Denial::new(StatusCode::NOT_FOUND, -32600, problem));
    };
    sent.insert(headers::SESSION, session);
    Ok(true)
}

/// A message that may go on to the server.
pub(super) struct Permitted {
    pub(super) allowed: Allowed,
    pub(super) ending: Option<Ending>,
}

/// Decides whether the message may go on to the server.
pub(super) fn message(
    exchange: &Exchange,
    parts: &request::Parts,
    body: &Result<Bytes, ReadBodyError>,
) -> Result<Permitted, Denial> {
    let body = body.as_ref().map_err(|error| Denial::unread(*error))?;
    // Whatever the HTTP method: a server may read what another one would not look for.
    if body.is_empty() && parts.method != Method::POST {
        return Ok(Permitted {
            allowed: Allowed::Plain,
            ending: None,
        });
    }
    if is_encoded(&parts.headers) {
        return Err(Denial::encoded());
    }
    let message = Message::read(body).map_err(Denial::unreadable)?;
    let id = message.id;
    let deny = |denial: Denial| denial.in_reply_to(id);
    if !headers::agree(&parts.headers, &message) {
        let contradiction = "The Mcp-Method or Mcp-Name header contradicts the body.";
        let denial = Denial::new(StatusCode::BAD_REQUEST, -32020, contradiction);
        return Err(deny(denial));
    }
    let asked = Asked {
        headers: &parts.headers,
        message: &message,
    };
    let allowed = permitted(&exchange.rules, &exchange.caller, &asked).map_err(deny)?;
    let ending = Ending::of(&message, exchange.is_in_session);
    Ok(Permitted { allowed, ending })
}

fn permitted(rules: &Rules, caller: &Caller, asked: &Asked<'_>) -> Result<Allowed, Denial> {
    let invocation = asked.message.invocation();
    let invocation =
        invocation.map_err(|error| asked.wrong_in_itself_or(Denial::unreadable(error)))?;
    let decision = match invocation {
        Invocation::Session if rules.baseline_for_sessions => {
            decision::allow(std::iter::once(&*rules.baseline), caller).map(|()| Allowed::Plain)
        }
        _ => decision::decide(&rules.registry, &rules.tasks, caller, &invocation),
    };
    decision.map_err(|denied| match denied {
        Denied::Refused(refusal) => Denial::refused(refusal),
        Denied::Undeclared(OperationKind::Method) | Denied::NoMethod => asked.no_method(),
        Denied::Undeclared(kind) => asked.wrong_in_itself_or(asked.not_found(kind)),
        Denied::NoTask => {
            let id = asked.message.id;
            asked.wrong_in_itself_or(Denial::in_band(id, -32602, "There is no such task."))
        }
    })
}

/// Whether the body is something else than the message itself.
fn is_encoded(headers: &HeaderMap) -> bool {
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    encodings.any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}
