//! What becomes of a request: the order of checks once it is known who sent it.

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, HeaderValue, Method, StatusCode, request};
use serde_json::value::RawValue;

use super::super::headers;
use super::super::invocation::Invocation;
use super::super::message::Message;
use super::super::operations::{Requirements, authorize_all};
use super::super::owners::Principal;
use super::answer::Denial;
use super::layer::{OtherMethods, Rules};
use super::whole_body::ReadBodyError;
use crate::caller::Caller;
use crate::observe;
use crate::registry::OperationKind;
use crate::scope::Requirement;
use crate::token::VerifiedToken;

/// What the server's answer may tell of.
#[derive(Debug, PartialEq)]
pub(super) enum Passed {
    /// Nothing that belongs to anybody.
    Plain,
    /// A task, for the start of which this was required.
    Call(Requirements),
}

/// The session that the request names, if any, which is one of its sender's.
pub(super) fn session(
    rules: &Rules,
    sent: &HeaderMap,
    token: &VerifiedToken,
) -> Result<Option<HeaderValue>, Denial> {
    let mut named = sent.get_all(headers::SESSION).iter();
    let Some(session) = named.next() else {
        return Ok(None);
    };
    let found = session.to_str().ok().filter(|_| named.next().is_none());
    let found = found
        .zip(Principal::of(token))
        .and_then(|(id, owner)| rules.sessions.find(&owner, id));
    found
        .map(|()| Some(session.clone()))
        .ok_or_else(|| Denial::new(StatusCode::NOT_FOUND, -32600, "There is no such session."))
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
    let invocation = message.invocation();
    let invocation = invocation.map_err(|error| deny(Denial::unreadable(error)))?;
    let caller = Caller::from(token.clone());
    permitted(rules, &caller, token, &invocation, id).map_err(deny)
}

fn permitted(
    rules: &Rules,
    caller: &Caller,
    token: &VerifiedToken,
    invocation: &Invocation<'_>,
    id: Option<&RawValue>,
) -> Result<Passed, Denial> {
    let operations = &rules.operations;
    let allow = |requirements: &[&Requirement]| allow(requirements, caller);
    match invocation {
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
            let of_uri = |uri| operations.requirements(kind, uri);
            let all: Vec<_> = uris.iter().map(|uri| of_uri(uri)).collect();
            allow(&all.concat())
        }
        Invocation::Task(task) => {
            let owner = Principal::of(token);
            let started = owner.and_then(|owner| rules.tasks.find(&owner, task));
            let requirements =
                started.ok_or_else(|| Denial::in_band(id, -32602, "There is no such task."))?;
            allow(&requirements)
        }
        Invocation::Other(_) if rules.other_methods == OtherMethods::Deny => {
            Err(Denial::in_band(id, -32601, "There is no such method."))
        }
        Invocation::Other(uri) => {
            let of_uri = |uri| operations.requirements(OperationKind::Resource, uri);
            let of_uri = uri.as_deref().map(of_uri).unwrap_or_default();
            let requirements = std::iter::once(&*rules.baseline).chain(of_uri.iter().copied());
            allow(&requirements.collect::<Vec<_>>())
        }
    }
}

fn allow(requirements: &[&Requirement], caller: &Caller) -> Result<Passed, Denial> {
    match authorize_all(requirements, caller) {
        Ok(()) => Ok(Passed::Plain),
        Err(refusal) => {
            for requirement in requirements {
                observe::guarded(requirement, caller, Some(&refusal));
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
