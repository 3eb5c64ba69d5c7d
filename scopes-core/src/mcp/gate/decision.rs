//! What becomes of a request: the order of checks once it is known who sent it.

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, Method, StatusCode, request};

use super::super::headers;
use super::super::invocation::Invocation;
use super::super::message::Message;
use super::super::operations::{Requirements, authorize_all, distinct};
use super::answer::Denial;
use super::layer::{OtherMethods, Rules};
use super::versions::Asked;
use super::whole_body::ReadBodyError;
use crate::authorize::authorize;
use crate::caller::Caller;
use crate::observe;
use crate::registry::OperationKind;
use crate::scope::Requirement;
use crate::token::{Principal, VerifiedToken};

/// What the server's answer may tell of.
#[derive(Debug, PartialEq)]
pub(super) enum Passed {
    /// Nothing that belongs to anybody.
    Plain,
    /// A task, for the start of which this was required.
    Call(Requirements),
}

/// Opens the sealed session id in the headers, if there is one, and puts the server's own in its
/// place.
pub(super) fn session(
    rules: &Rules,
    sent: &mut HeaderMap,
    token: &VerifiedToken,
) -> Result<(), Denial> {
    let mut named = sent.get_all(headers::SESSION).iter();
    let Some(sealed) = named.next() else {
        // Without a session, nothing tells whose events are asked for.
        let resumes = sent.contains_key(headers::LAST_EVENT_ID);
        let problem = "A stream is resumed in its session only.";
        let denial = || Denial::new(StatusCode::BAD_REQUEST, -32600, problem);
        return if resumes { Err(denial()) } else { Ok(()) };
    };
    let is_only_one = named.next().is_none();
    let opened = Principal::of(token)
        .filter(|_| is_only_one)
        .and_then(|principal| rules.session_seal.open(principal, sealed));
    let Some(session) = opened else {
        let problem = "There is no such session.";
        return Err(Denial::new(StatusCode::NOT_FOUND, -32600, problem));
    };
    sent.insert(headers::SESSION, session);
    Ok(())
}

/// Whether the message may go on to the server.
pub(super) fn message(
    rules: &Rules,
    parts: &request::Parts,
    token: &VerifiedToken,
    body: &Result<Bytes, ReadBodyError>,
) -> Result<Passed, Denial> {
    let body = body.as_ref().map_err(|error| Denial::unread(*error))?;
    // Whatever the HTTP method: a server may read what another one would not look for.
    if body.is_empty() && parts.method != Method::POST {
        return Ok(Passed::Plain);
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
    permitted(rules, token, &asked).map_err(deny)
}

fn permitted(rules: &Rules, token: &VerifiedToken, asked: &Asked<'_>) -> Result<Passed, Denial> {
    let caller = &Caller::from(token.clone());
    let operations = &rules.operations;
    let allow = |requirements: &[&Requirement]| allow(requirements, caller);
    let invocation = asked.message.invocation();
    match &invocation.map_err(|error| asked.wrong_in_itself_or(Denial::unreadable(error)))? {
        Invocation::List => Ok(Passed::Plain),
        Invocation::Session if !rules.baseline_for_sessions => Ok(Passed::Plain),
        Invocation::Session => allow(&[&rules.baseline]),
        Invocation::Operation(kind, name) => {
            let requirements = operations.requirements(*kind, name);
            let passed = allow(&requirements)?;
            Ok(match kind {
                OperationKind::Tool => Passed::Call(requirements),
                _ => passed,
            })
        }
        Invocation::Subscriptions(uris) => {
            let kind = OperationKind::Resource;
            let all: Vec<_> = uris
                .iter()
                .map(|uri| operations.requirements(kind, uri))
                .collect();
            allow(&distinct(all.iter().flat_map(|all| all.iter().copied())))
        }
        Invocation::Task(task) => {
            let principal = Principal::of(token);
            let started = principal.and_then(|principal| rules.tasks.find(principal, task));
            let requirements = started.ok_or_else(|| {
                let id = asked.message.id;
                asked.wrong_in_itself_or(Denial::in_band(id, -32602, "There is no such task."))
            })?;
            allow(&requirements)
        }
        Invocation::AllTasks => Err(asked.no_method()),
        Invocation::Other(_) if rules.other_methods == OtherMethods::Deny => Err(asked.no_method()),
        Invocation::Other(uri) => {
            let of_uri = |uri| operations.requirements(OperationKind::Resource, uri);
            let of_uri = uri.as_deref().map(of_uri).unwrap_or_default();
            let baseline = std::iter::once(&*rules.baseline);
            allow(&distinct(baseline.chain(of_uri.iter().copied())))
        }
    }
}

fn allow(requirements: &[&Requirement], caller: &Caller) -> Result<Passed, Denial> {
    match authorize_all(requirements, caller) {
        Ok(()) => Ok(Passed::Plain),
        Err(refusal) => {
            for requirement in requirements {
                if let Err(refusal) = authorize(requirement, caller) {
                    observe::guarded(requirement, caller, Some(&refusal));
                }
            }
            Err(Denial::refused(refusal))
        }
    }
}

/// Whether the body is something else than the message itself.
fn is_encoded(headers: &HeaderMap) -> bool {
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    encodings.any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}
