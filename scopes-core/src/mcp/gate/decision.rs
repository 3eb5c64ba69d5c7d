//! The decision on a request whose sender is known: the order of checks.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, request};

use super::anonymous_sessions::Found;
use super::denial::Denial;
use super::ending::Ending;
use super::exchange::{AskedTask, Exchange, Permitted, Session, SessionChange, Undecided};
#[cfg(feature = "revocation")]
use super::revoked;
use super::versions::Asked;
use super::whole_body::ReadBodyError;
use crate::error::AuthorizeError;
use crate::mcp::AuthorizeMessageError as Denied;
use crate::mcp::decision::{self, Allowed};
use crate::mcp::headers;
use crate::mcp::message::Message;
use crate::mcp::methods::{Invocation, Reach};
use crate::observe;
use crate::registry::{OperationKind, Requirements};
use crate::token::Principal;

const UNKNOWN_TASK: &str = "There is no such task.";

/// The answer of the store about a task: its requirements, if it is the caller's.
pub(super) type FoundTask = Result<Option<Requirements>, AuthorizeError>;

/// The reason why a message is not allowed.
enum Verdict {
    Denied(Denial),
    /// It asks for a task that no call on this instance has started.
    UnknownHere(Principal, String),
}

impl From<Denial> for Verdict {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

impl Exchange {
    /// Decides whether the request may go on to the server. If so, its headers name the session by
    /// the server's own id.
    pub(super) fn decide(
        &self,
        parts: &mut request::Parts,
        body: &Result<Bytes, ReadBodyError>,
    ) -> Result<Permitted, Undecided> {
        if self.caller.token().is_none() {
            return Ok(self.decide_anonymous(parts, body)?);
        }
        #[cfg(feature = "revocation")]
        revoked::check(parts, &self.caller)?;
        let session = self.open_session(&mut parts.headers);
        let body = body.as_ref().map_err(|error| Denial::unread(*error));
        let session = session.map_err(|denial| {
            // Clients open a new session on this, whatever is wrong with the body.
            let message = body.as_ref().ok().map(|body| Message::read(body));
            denial.in_reply_to(message.and_then(Result::ok).and_then(|message| message.id))
        })?;
        self.decide_in(session, parts, body?, None)
    }

    /// Decides on a request in `session`. `found` is the answer of the store about its task.
    fn decide_in(
        &self,
        session: Session,
        parts: &request::Parts,
        body: &Bytes,
        found: Option<FoundTask>,
    ) -> Result<Permitted, Undecided> {
        // Whatever the HTTP method: a server may read what another one would not look for.
        if body.is_empty() && parts.method != Method::POST {
            observe::without_operation();
            let ends = |tag| (parts.method == Method::DELETE).then_some(SessionChange::Ends(tag));
            return Ok(Permitted {
                allowed: Allowed::Plain,
                ending: None,
                change: session.adopted().and_then(ends),
            });
        }
        if headers::is_encoded(&parts.headers) {
            return Err(Denial::encoded().into());
        }
        let message = Message::read(body).map_err(Denial::unreadable)?;
        let asked = Asked {
            headers: &parts.headers,
            message: &message,
        };
        let allowed = match self.decide_on(&asked, found) {
            Ok(allowed) => allowed,
            Err(Verdict::Denied(denial)) => return Err(denial.in_reply_to(message.id).into()),
            Err(Verdict::UnknownHere(principal, id)) => {
                let asked = AskedTask {
                    principal,
                    id,
                    session,
                };
                return Err(Undecided::AsksFor(asked));
            }
        };
        let ending = Ending::of(&message, session != Session::None);
        Ok(Permitted {
            allowed,
            ending,
            change: None,
        })
    }

    /// Decides on a request for a task with the answer of the store about it.
    pub(super) fn decide_task(
        &self,
        session: Session,
        parts: &request::Parts,
        body: &Bytes,
        found: FoundTask,
    ) -> Result<Permitted, Denial> {
        match self.decide_in(session, parts, body, Some(found)) {
            Ok(permitted) => Ok(permitted),
            Err(Undecided::Denied(denial)) => Err(denial),
            Err(Undecided::AsksFor(_)) => Err(Denial::in_band(None, -32602, UNKNOWN_TASK)),
        }
    }

    /// Opens the sealed session id in the headers, if there is one, and puts the server's own in its
    /// place. A session that was opened without a token becomes the caller's, unless another one was
    /// first.
    fn open_session(&self, sent: &mut HeaderMap) -> Result<Session, Denial> {
        let mut named = sent.get_all(headers::SESSION).iter();
        let Some(sealed) = named.next() else {
            // Without a session, nothing tells whose events are asked for.
            let resumes = sent.contains_key(headers::LAST_EVENT_ID);
            let problem = "A stream is resumed in its session only.";
            let denial = || Denial::new(StatusCode::BAD_REQUEST, -32600, problem);
            return if resumes {
                Err(denial())
            } else {
                Ok(Session::None)
            };
        };
        let is_only_one = named.next().is_none();
        let principal = self.caller.token().and_then(Principal::of);
        let opened = principal
            .filter(|_| is_only_one)
            .and_then(|principal| self.opened(principal, sealed));
        let Some((id, session)) = opened else {
            return Err(Denial::no_session());
        };
        sent.insert(headers::SESSION, id);
        Ok(session)
    }

    fn opened(&self, principal: Principal, sealed: &HeaderValue) -> Option<(HeaderValue, Session)> {
        let seal = &self.rules.session_seal;
        if let Some(id) = seal.open(principal, sealed) {
            return Some((id, Session::Own));
        }
        let anonymous = self.rules.anonymous.as_ref()?;
        let (id, tag) = seal.open_anonymous(sealed)?;
        let found = anonymous.sessions.find(&tag, Some(principal));
        (found == Found::Own).then_some((id, Session::Adopted(tag)))
    }

    fn decide_on(&self, asked: &Asked<'_>, found: Option<FoundTask>) -> Result<Allowed, Verdict> {
        if !headers::agree(asked.headers, asked.message) {
            let contradiction = "The Mcp-Method or Mcp-Name header contradicts the body.";
            return Err(Denial::new(StatusCode::BAD_REQUEST, -32020, contradiction).into());
        }
        let Self { rules, caller, .. } = self;
        let invocation = asked.message.invocation();
        let decision = match invocation {
            Err(error) => Err(Denied::Unreadable(error)),
            Ok(Invocation::Session) if rules.baseline_for_sessions => {
                observe::without_operation();
                let baseline = std::iter::once(&*rules.baseline);
                let decision =
                    decision::allow(&rules.messages.registry, baseline, caller, Reach::Elsewhere);
                decision.map(|()| Allowed::Plain)
            }
            Ok(invocation) => rules.messages.decide(caller, &invocation),
        };
        let decision = match (decision, found) {
            (Err(Denied::UnknownTask), None) => match self.asked_task(asked.message) {
                Some((principal, id)) => return Err(Verdict::UnknownHere(principal, id)),
                None => Err(Denied::UnknownTask),
            },
            (Err(Denied::UnknownTask), Some(found)) => {
                let found = found.map_err(Denied::Refused);
                let found = found.and_then(|found| found.ok_or(Denied::UnknownTask));
                found.and_then(|found| rules.messages.decide_task(caller, &found))
            }
            (decision, _) => decision,
        };
        let denial = |denied| match denied {
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
                asked.wrong_in_itself_or(Denial::in_band(id, -32602, UNKNOWN_TASK))
            }
        };
        decision.map_err(|denied| denial(denied).into())
    }

    /// Returns the caller and the task of `message`, if the store can be asked about it.
    #[cold]
    fn asked_task(&self, message: &Message<'_>) -> Option<(Principal, String)> {
        self.rules.shared_tasks.as_ref()?;
        let principal = self.caller.token().and_then(Principal::of)?;
        match message.invocation() {
            Ok(Invocation::Task(id)) => Some((principal, id.into_owned())),
            _ => None,
        }
    }
}
