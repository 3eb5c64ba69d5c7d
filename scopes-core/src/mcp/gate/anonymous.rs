//! Requests without credentials: what of an MCP server is open to them.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, request};
use serde_json::value::RawValue;

use super::anonymous_sessions::Found;
use super::denial::Denial;
use super::exchange::{Exchange, Permitted, SessionChange};
use super::rules::Rules;
use super::whole_body::ReadBodyError;
use crate::caller::Caller;
use crate::mcp::decision::{Allowed, is_public};
use crate::mcp::headers;
use crate::mcp::message::Message;
use crate::mcp::methods::Invocation;
use crate::mcp::object::object;
use crate::observe;

/// The longest body that is read of a request without credentials, in bytes.
pub(super) const MAX_BODY: usize = 64 * 1024;

impl Exchange {
    /// A request without credentials. Denies what its headers show not to be open: no body is read for it.
    pub(super) fn anonymous(rules: Arc<Rules>, parts: &request::Parts) -> Result<Self, Denial> {
        let opened =
            named_session(&parts.headers)?.map(|sealed| rules.session_seal.open_anonymous(sealed));
        let session = opened.map(|opened| opened.ok_or_else(Denial::without_token));
        let session = session.transpose()?;
        let may_be_open = match parts.method {
            Method::POST => !headers::is_encoded(&parts.headers),
            Method::DELETE | Method::GET => session.is_some(),
            _ => false,
        };
        if !may_be_open {
            return Err(Denial::without_token());
        }
        Ok(Self {
            rules,
            caller: Caller::anonymous(),
            anonymous_session: session,
        })
    }

    /// Decides on a request without credentials. What is not open is the 401 that it would be without
    /// anonymous access, whatever is wrong with it otherwise.
    pub(super) fn decide_anonymous(
        &self,
        parts: &mut request::Parts,
        body: &Result<Bytes, ReadBodyError>,
    ) -> Result<Permitted, Denial> {
        let anonymous = self.rules.anonymous.as_ref();
        let anonymous = anonymous.ok_or_else(Denial::without_token)?;
        let body = body.as_ref().map_err(|_| Denial::without_token())?;
        let (is_open, id, opens) = if parts.method == Method::POST {
            let message = read(&parts.headers, body).ok_or_else(Denial::without_token)?;
            let opens = message.method() == Some("initialize");
            if !matches!(message.invocation(), Ok(Invocation::Operation(..))) {
                observe::without_operation();
            }
            (self.is_open(&message), message.id, opens)
        } else {
            observe::without_operation();
            (body.is_empty(), None, false)
        };
        if !is_open {
            return Err(Denial::without_token());
        }
        let mut change = None;
        if let Some((server_id, tag)) = &self.anonymous_session {
            match anonymous.sessions.find(tag, None) {
                // Clients open a stream in every session, and would sign in on a 401.
                Found::Own if parts.method == Method::GET => return Err(Denial::no_stream()),
                Found::Own => {}
                Found::Adopted => return Err(Denial::without_token()),
                Found::None => return Err(Denial::no_session().in_reply_to(id)),
            }
            parts.headers.insert(headers::SESSION, server_id.clone());
            change = Some(match parts.method {
                Method::DELETE => SessionChange::Ends(*tag),
                _ => SessionChange::Uses(*tag),
            });
        } else if opens {
            let opening = anonymous.sessions.open();
            let opening = opening.ok_or_else(Denial::without_token)?;
            change = Some(SessionChange::Opens(opening));
        }
        Ok(Permitted {
            allowed: Allowed::Plain,
            ending: None,
            change,
        })
    }

    fn is_open(&self, message: &Message<'_>) -> bool {
        match (message.method(), message.id) {
            (Some("initialize" | "ping" | "server/discover"), Some(_))
            | (Some("notifications/initialized"), None) => !self.rules.baseline_for_sessions,
            // A subscription takes memory of the server, and has no stream to be sent to. The entries of a
            // directory may not be public.
            (
                Some("resources/subscribe" | "resources/unsubscribe" | "resources/directory/read"),
                _,
            ) => false,
            (Some(_), Some(_)) => match message.invocation() {
                Ok(Invocation::List) => true,
                Ok(invocation) => {
                    is_public(&self.rules.messages.registry, &invocation)
                        && !starts_task(message.body)
                }
                Err(_) => false,
            },
            _ => false,
        }
    }
}

/// The session id in the headers, if there is one. Without a session, no stream can be resumed.
fn named_session(sent: &HeaderMap) -> Result<Option<&HeaderValue>, Denial> {
    let mut named = sent.get_all(headers::SESSION).iter();
    let first = named.next();
    if named.next().is_some() || sent.contains_key(headers::LAST_EVENT_ID) {
        return Err(Denial::without_token());
    }
    Ok(first)
}

/// The message, if it can be read and the headers agree with it.
fn read<'a>(sent: &HeaderMap, body: &'a Bytes) -> Option<Message<'a>> {
    let message = Message::read(body).ok()?;
    headers::agree(sent, &message).then_some(message)
}

object! {
    struct Call<'a> {
        params: "params" => CallParams<'a>,
    }
}

object! {
    struct CallParams<'a> {
        task: "task" => &'a RawValue,
    }
}

/// Returns whether the call is to run as a task (MCP 2025-11-25), which has to belong to somebody.
fn starts_task(body: &[u8]) -> bool {
    let call = serde_json::from_slice::<Call<'_>>(body);
    // What cannot be read here could be read by the server.
    call.map_or(true, |call| {
        call.params.is_some_and(|params| params.task.is_some())
    })
}
