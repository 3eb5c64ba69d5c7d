//! Which operations a message invokes: the table of MCP's methods.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::message::{Message, ReadMessageError, text};
use super::object::object;
use crate::registry::OperationKind;

/// What a message invokes, as far as its sender needs permission for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Invocation<'a> {
    /// What every session consists of: the handshake, pings, notifications, answers.
    Session,
    /// A list, which every caller may see.
    List,
    /// One operation, by its name or URI.
    Operation(OperationKind, Cow<'a, str>),
    /// Messages about these resources.
    Subscriptions(Vec<Cow<'a, str>>),
    /// What became of an operation that was started before.
    Task(Cow<'a, str>),
    /// Every task that there is, whoever started it (`tasks/list` of 2025-11-25).
    AllTasks,
    /// A method that is none of these, of MCP or of the server's own, and the resource that it is
    /// about.
    Other(Option<Cow<'a, str>>),
}

impl<'a> Message<'a> {
    /// What the message invokes.
    ///
    /// # Errors
    ///
    /// [`ReadMessageError::InvalidParams`] where the method says that there is an operation, and
    /// the parameters do not say which, or where a `uri` is no text.
    pub fn invocation(&self) -> Result<Invocation<'a>, ReadMessageError> {
        let params = &self.params;
        Ok(match self.method() {
            None | Some("initialize" | "ping" | "server/discover" | "logging/setLevel") => {
                Invocation::Session
            }
            // With an id, it is a request by a name that no request has.
            Some(method) if method.starts_with("notifications/") && self.id.is_none() => {
                Invocation::Session
            }
            Some("tools/list" | "prompts/list" | "resources/list" | "resources/templates/list") => {
                Invocation::List
            }
            Some("tools/call") => Invocation::Operation(OperationKind::Tool, given(params.name)?),
            Some("prompts/get") => {
                Invocation::Operation(OperationKind::Prompt, given(params.name)?)
            }
            Some("resources/read" | "resources/subscribe" | "resources/unsubscribe") => {
                Invocation::Operation(OperationKind::Resource, given(params.uri)?)
            }
            Some("subscriptions/listen") => Invocation::Subscriptions(match params.notifications {
                Some(filter) => filtered(filter)?,
                None => Vec::new(),
            }),
            Some("completion/complete") => referred(params.reference)?,
            Some("tasks/list") => Invocation::AllTasks,
            Some(method) if method.starts_with("tasks/") => {
                Invocation::Task(given(params.task_id)?)
            }
            Some(_) => Invocation::Other(params.uri.map(|uri| given(Some(uri))).transpose()?),
        })
    }

    /// What `Mcp-Name` has to say of this message, if anything (SEP-2243).
    pub(super) fn header_name(&self) -> Option<Cow<'a, str>> {
        let params = &self.params;
        let named = match self.method()? {
            "tools/call" | "prompts/get" => params.name,
            method if method.starts_with("tasks/") => params.task_id,
            method if method.starts_with("resources/") => params.uri,
            _ => None,
        };
        named.and_then(|named| text(named).ok())
    }
}

fn given(member: Option<&RawValue>) -> Result<Cow<'_, str>, ReadMessageError> {
    let json = member.ok_or(ReadMessageError::InvalidParams)?;
    text(json).map_err(|_| ReadMessageError::InvalidParams)
}

object! {
    struct Reference<'a> {
        kind: "type" => &'a RawValue,
        name: "name" => &'a RawValue,
        uri: "uri" => &'a RawValue,
    }
}

object! {
    struct Filter<'a> {
        resources: "resourceSubscriptions" => Option<Vec<&'a RawValue>>,
    }
}

/// What is to be completed an argument of: it is as secret as the operation itself.
fn referred(reference: Option<&RawValue>) -> Result<Invocation<'_>, ReadMessageError> {
    let json = reference.ok_or(ReadMessageError::InvalidParams)?;
    let reference: Reference<'_> =
        serde_json::from_str(json.get()).map_err(|_| ReadMessageError::InvalidParams)?;
    match &*given(reference.kind)? {
        "ref/prompt" => Ok(Invocation::Operation(
            OperationKind::Prompt,
            given(reference.name)?,
        )),
        "ref/resource" => Ok(Invocation::Operation(
            OperationKind::Resource,
            given(reference.uri)?,
        )),
        _ => Err(ReadMessageError::InvalidParams),
    }
}

/// The resources that a filter of `subscriptions/listen` names.
fn filtered(filter: &RawValue) -> Result<Vec<Cow<'_, str>>, ReadMessageError> {
    let filter: Filter<'_> =
        serde_json::from_str(filter.get()).map_err(|_| ReadMessageError::InvalidParams)?;
    let resources = filter.resources.flatten().unwrap_or_default();
    resources.into_iter().map(|uri| given(Some(uri))).collect()
}
