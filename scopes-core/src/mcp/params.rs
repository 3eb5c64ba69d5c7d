//! The parameters of a message, as far as they determine what it invokes.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::arguments::{Completion, GivenArguments, Object};
use super::message::{Message, ReadMessageError, text};
use super::methods::{Invocation, Named};
use super::object::object;
use crate::registry::OperationKind;

impl<'a> Message<'a> {
    /// Returns what the message invokes.
    ///
    /// # Errors
    ///
    /// [`ReadMessageError::InvalidParams`] if the method refers to an operation that the parameters
    /// do not name.
    pub(super) fn invocation(&self) -> Result<Invocation<'a>, ReadMessageError> {
        match self.method() {
            None => Ok(Invocation::Session),
            // With an id, it is a request, and no request has such a method.
            Some(method) if method.starts_with("notifications/") && self.id.is_none() => {
                Ok(Invocation::Session)
            }
            Some(method) => Invocation::of_request(method, self),
        }
    }

    /// Returns the value that `Mcp-Name` must have for this message, if any (SEP-2243).
    pub(super) fn header_name(&self) -> Option<Cow<'a, str>> {
        let params = &self.params;
        let named = match self.method()? {
            "tools/call" | "prompts/get" => params.name,
            method if method.starts_with("tasks/") => params.task_id,
            method if method.starts_with("resources/") || method.starts_with("skills/") => {
                params.uri
            }
            _ => None,
        };
        named.and_then(|named| text(named).ok())
    }
}

impl<'a> Named<'a> for Message<'a> {
    type Error = ReadMessageError;

    fn name(&self) -> Result<Cow<'a, str>, ReadMessageError> {
        given(self.params.name)
    }

    fn uri(&self) -> Result<Cow<'a, str>, ReadMessageError> {
        given(self.params.uri)
    }

    fn task_id(&self) -> Result<Cow<'a, str>, ReadMessageError> {
        given(self.params.task_id)
    }

    fn reference(&self) -> Result<(OperationKind, Cow<'a, str>), ReadMessageError> {
        let reference: Reference<'a> = object_in(self.params.reference)?;
        match &*given(reference.kind)? {
            "ref/prompt" => Ok((OperationKind::Prompt, given(reference.name)?)),
            "ref/resource" => Ok((OperationKind::Resource, given(reference.uri)?)),
            _ => Err(ReadMessageError::InvalidParams),
        }
    }

    fn subscriptions(&self) -> Result<Vec<Cow<'a, str>>, ReadMessageError> {
        if self.params.notifications.is_none() {
            return Ok(Vec::new());
        }
        let filter: Filter<'a> = object_in(self.params.notifications)?;
        let resources = filter.resources.flatten().unwrap_or_default();
        resources.into_iter().map(|uri| given(Some(uri))).collect()
    }

    fn arguments(&self) -> GivenArguments<'a> {
        GivenArguments::Json(self.params.arguments)
    }

    fn completion(&self) -> GivenArguments<'a> {
        let completed = object_in::<Completed<'a>>(self.params.argument).ok();
        let context = self.params.context.filter(|json| json.get() != "null");
        let context = match context.map(|json| object_in(Some(json))) {
            None => Some(Context::default()),
            Some(context) => context.ok(),
        };
        let name = completed.and_then(|completed| given(completed.name).ok());
        GivenArguments::Completion(Completion {
            // If the context cannot be read, no argument has a value.
            completed: name.filter(|_| context.is_some()),
            given: Object::Json(context.and_then(|context| context.arguments)),
        })
    }

    fn all(&self) -> GivenArguments<'a> {
        GivenArguments::Params(self.body)
    }
}

object! {
    struct Reference<'a> {
        kind: "type" => &'a RawValue,
        name: "name" => &'a RawValue,
        uri: "uri" => &'a RawValue,
    }
}

object! {
    struct Completed<'a> {
        name: "name" => &'a RawValue,
    }
}

object! {
    struct Context<'a> {
        arguments: "arguments" => &'a RawValue,
    }
}

object! {
    struct Filter<'a> {
        resources: "resourceSubscriptions" => Option<Vec<&'a RawValue>>,
    }
}

fn given(member: Option<&RawValue>) -> Result<Cow<'_, str>, ReadMessageError> {
    let json = member.ok_or(ReadMessageError::InvalidParams)?;
    text(json).map_err(|_| ReadMessageError::InvalidParams)
}

fn object_in<'a, T: serde::Deserialize<'a>>(
    member: Option<&'a RawValue>,
) -> Result<T, ReadMessageError> {
    let json = member.ok_or(ReadMessageError::InvalidParams)?;
    serde_json::from_str(json.get()).map_err(|_| ReadMessageError::InvalidParams)
}
