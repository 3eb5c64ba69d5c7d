//! The decision on a request whose sender is known: the order of checks.

use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, Method, StatusCode, request};

use super::denial::Denial;
use super::ending::Ending;
use super::rules::Rules;
use super::versions::Asked;
use super::whole_body::ReadBodyError;
use crate::caller::Caller;
use crate::error::AuthorizeError;
use crate::mcp::AuthorizeMessageError as Denied;
use crate::mcp::decision::{self, Allowed};
use crate::mcp::headers;
use crate::mcp::message::Message;
use crate::mcp::methods::{Invocation, Reach};
use crate::registry::OperationKind;
use crate::token::Principal;

/// The caller of a request, and the rules of the decision on it.
pub(super) struct Exchange {
    pub(super) rules: Arc<Rules>,
    pub(super) caller: Caller,
}

/// A message that may go on to the server.
pub(super) struct Permitted {
    pub(super) allowed: Allowed,
    pub(super) ending: Option<Ending>,
}

impl Exchange {
    /// Decides whether the request may go on to the server. If so, its headers name the session by
    /// the server's own id.
    pub(super) fn decide(
        &self,
        parts: &mut request::Parts,
        body: &Result<Bytes, ReadBodyError>,
    ) -> Result<Permitted, Denial> {
        let session = self.open_session(&mut parts.headers);
        let body = body.as_ref().map_err(|error| Denial::unread(*error));
        let is_in_session = session.map_err(|denial| {
            // Clients open a new session on this, whatever is wrong with the body.
            let message = body.as_ref().ok().map(|body| Message::read(body));
            denial.in_reply_to(message.and_then(Result::ok).and_then(|message| message.id))
        })?;
        let body = body?;
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
        let asked = Asked {
            headers: &parts.headers,
            message: &message,
        };
        let allowed = self.decide_on(&asked);
        let allowed = allowed.map_err(|denial| denial.in_reply_to(message.id))?;
        let ending = Ending::of(&message, is_in_session);
        Ok(Permitted { allowed, ending })
    }

    /// Opens the sealed session id in the headers, if there is one, and puts the server's own in its
    /// place. Returns whether there is one.
    fn open_session(&self, sent: &mut HeaderMap) -> Result<bool, Denial> {
        let mut named = sent.get_all(headers::SESSION).iter();
        let Some(sealed) = named.next() else {
            // Without a session, nothing tells whose events are asked for.
            let resumes = sent.contains_key(headers::LAST_EVENT_ID);
            let problem = "A stream is resumed in its session only.";
            let denial = || Denial::new(StatusCode::BAD_REQUEST, -32600, problem);
            return if resumes { Err(denial()) } else { Ok(false) };
        };
        let is_only_one = named.next().is_none();
        let principal = self.caller.token().and_then(Principal::of);
        let opened = principal
            .filter(|_| is_only_one)
            .and_then(|principal| self.rules.session_seal.open(principal, sealed));
        let Some(session) = opened else {
            let problem = "There is no such session.";
            return Err(Denial::new(StatusCode::NOT_FOUND, -32600, problem));
        };
        sent.insert(headers::SESSION, session);
        Ok(true)
    }

    fn decide_on(&self, asked: &Asked<'_>) -> Result<Allowed, Denial> {
        if !headers::agree(asked.headers, asked.message) {
            let contradiction = "The Mcp-Method or Mcp-Name header contradicts the body.";
            return Err(Denial::new(StatusCode::BAD_REQUEST, -32020, contradiction));
        }
        let Self { rules, caller } = self;
        let invocation = asked.message.invocation();
        let decision = match invocation {
            Err(error) => Err(Denied::Unreadable(error)),
            Ok(Invocation::Session) if rules.baseline_for_sessions => {
                let baseline = std::iter::once(&*rules.baseline);
                let decision =
                    decision::allow(&rules.messages.registry, baseline, caller, Reach::Elsewhere);
                decision.map(|()| Allowed::Plain)
            }
            Ok(invocation) => rules.messages.decide(caller, &invocation),
        };
        decision.map_err(|denied| match denied {
            Denied::Refused(AuthorizeError::InvalidArgument(argument)) => {
                let id = asked.message.id;
                asked.wrong_in_itself_or(Denial::in_band(id, -32602, argument.to_string()))
            }
            Denied::Refused(refusal) => Denial::refused(refusal),
            Denied::Unreadable(error) => asked.wrong_in_itself_or(Denial::unreadable(error)),
            Denied::Undeclared(OperationKind::Method) | Denied::UnknownMethod => asked.no_method(),
            Denied::Undeclared(kind) => asked.wrong_in_itself_or(asked.not_found(kind)),
            Denied::UnknownTask => {
                let id = asked.message.id;
                asked.wrong_in_itself_or(Denial::in_band(id, -32602, "There is no such task."))
            }
        })
    }
}

/// Returns whether the body has a content coding, so that its bytes are not the message itself.
fn is_encoded(headers: &HeaderMap) -> bool {
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    encodings.any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}
