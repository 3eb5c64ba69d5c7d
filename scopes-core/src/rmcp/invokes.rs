//! The operations that rmcp's request types invoke, by the same table as messages.

use std::borrow::Cow;

use rmcp::ErrorData;
use rmcp::model::{
    CallToolRequestParams, CancelTaskParams, CompleteRequestParams, CustomRequest,
    GetPromptRequestParams, GetSkillRequestParams, GetTaskParams,
    ReadResourceDirectoryRequestParams, ReadResourceRequestParams, Reference,
    SubscribeRequestParams, UnsubscribeRequestParams, UpdateTaskParams,
};
use rmcp::service::SubscriptionContext;
use serde_json::{Map, Value};

use crate::mcp::arguments::{Completion, GivenArguments, Object};
use crate::mcp::methods::{Invocation, Named};
use crate::registry::OperationKind;

/// A request that invokes an operation.
pub trait Invokes {
    /// The JSON-RPC method.
    fn method(&self) -> &str;

    /// Returns the names in the parameters.
    fn names(&self) -> Names<'_>;
}

/// The names in the parameters of a request.
#[derive(Debug, Default)]
pub struct Names<'a> {
    name: Option<&'a str>,
    uri: Option<&'a str>,
    task_id: Option<&'a str>,
    reference: Option<(OperationKind, &'a str)>,
    /// `None` where it cannot be read.
    subscriptions: Option<Vec<&'a str>>,
    arguments: Option<&'a Map<String, Value>>,
    /// `None` where it cannot be read.
    completion: Option<Completion<'a>>,
    all: Option<&'a Map<String, Value>>,
}

/// Returns what `request` invokes.
pub(super) fn invocation<R: Invokes>(request: &R) -> Result<Invocation<'_>, ErrorData> {
    Invocation::of_request(request.method(), &request.names())
}

impl<'a> Named<'a> for Names<'a> {
    type Error = ErrorData;

    fn name(&self) -> Result<Cow<'a, str>, ErrorData> {
        given(self.name)
    }

    fn uri(&self) -> Result<Cow<'a, str>, ErrorData> {
        given(self.uri)
    }

    fn task_id(&self) -> Result<Cow<'a, str>, ErrorData> {
        given(self.task_id)
    }

    fn reference(&self) -> Result<(OperationKind, Cow<'a, str>), ErrorData> {
        let (kind, name) = self.reference.ok_or_else(invalid_params)?;
        Ok((kind, name.into()))
    }

    fn subscriptions(&self) -> Result<Vec<Cow<'a, str>>, ErrorData> {
        let uris = self.subscriptions.as_ref().ok_or_else(invalid_params)?;
        Ok(uris.iter().map(|uri| (*uri).into()).collect())
    }

    fn arguments(&self) -> GivenArguments<'a> {
        GivenArguments::Map(self.arguments)
    }

    fn completion(&self) -> GivenArguments<'a> {
        match &self.completion {
            Some(completion) => GivenArguments::Completion(completion.clone()),
            None => GivenArguments::None,
        }
    }

    fn all(&self) -> GivenArguments<'a> {
        GivenArguments::Map(self.all)
    }
}

fn given(member: Option<&str>) -> Result<Cow<'_, str>, ErrorData> {
    member.map(Cow::Borrowed).ok_or_else(invalid_params)
}

fn invalid_params() -> ErrorData {
    ErrorData::invalid_params("The parameters are not those of the method.", None)
}

macro_rules! invokes {
    ($($request:ty: $method:literal by $member:ident,)*) => {
        $(impl Invokes for $request {
            fn method(&self) -> &str {
                $method
            }

            fn names(&self) -> Names<'_> {
                Names {
                    $member: Some(&self.$member),
                    ..Names::default()
                }
            }
        })*
    };
}

/// Requests with arguments.
macro_rules! invokes_with_arguments {
    ($($request:ty: $method:literal,)*) => {
        $(impl Invokes for $request {
            fn method(&self) -> &str {
                $method
            }

            fn names(&self) -> Names<'_> {
                Names {
                    name: Some(&self.name),
                    arguments: self.arguments.as_ref(),
                    ..Names::default()
                }
            }
        })*
    };
}

invokes_with_arguments! {
    CallToolRequestParams: "tools/call",
    GetPromptRequestParams: "prompts/get",
}

invokes! {
    ReadResourceRequestParams: "resources/read" by uri,
    SubscribeRequestParams: "resources/subscribe" by uri,
    UnsubscribeRequestParams: "resources/unsubscribe" by uri,
    ReadResourceDirectoryRequestParams: "resources/directory/read" by uri,
    GetSkillRequestParams: "skills/get" by uri,
    GetTaskParams: "tasks/get" by task_id,
    UpdateTaskParams: "tasks/update" by task_id,
    CancelTaskParams: "tasks/cancel" by task_id,
}

impl Invokes for CompleteRequestParams {
    fn method(&self) -> &'static str {
        "completion/complete"
    }

    fn names(&self) -> Names<'_> {
        let reference = match &self.r#ref {
            Reference::Prompt(prompt) => Some((OperationKind::Prompt, &*prompt.name)),
            Reference::Resource(resource) => Some((OperationKind::Resource, &*resource.uri)),
            _ => None,
        };
        let context = self.context.as_ref();
        let completion = Completion {
            completed: Some(self.argument.name.as_str().into()),
            given: Object::Texts(context.and_then(|context| context.arguments.as_ref())),
        };
        Names {
            reference,
            completion: Some(completion),
            ..Names::default()
        }
    }
}

impl Invokes for SubscriptionContext {
    fn method(&self) -> &'static str {
        "subscriptions/listen"
    }

    fn names(&self) -> Names<'_> {
        let resources = self.requested().resource_subscriptions.iter().flatten();
        Names {
            subscriptions: Some(resources.map(String::as_str).collect()),
            ..Names::default()
        }
    }
}

impl Invokes for CustomRequest {
    fn method(&self) -> &str {
        &self.method
    }

    /// A request whose method MCP defines arrives as a custom one where rmcp cannot read its
    /// parameters.
    fn names(&self) -> Names<'_> {
        let member = |name| self.params.as_ref()?.get(name)?.as_str();
        Names {
            name: member("name"),
            uri: member("uri"),
            task_id: member("taskId"),
            reference: self.params.as_ref().and_then(reference),
            subscriptions: subscriptions(self.params.as_ref()),
            arguments: object(
                self.params
                    .as_ref()
                    .and_then(|params| params.get("arguments")),
            ),
            completion: None,
            all: object(self.params.as_ref()),
        }
    }
}

fn object(value: Option<&Value>) -> Option<&Map<String, Value>> {
    value.and_then(Value::as_object)
}

/// The resources of `notifications.resourceSubscriptions`; `None` where they are not all texts.
fn subscriptions(params: Option<&Value>) -> Option<Vec<&str>> {
    let filter = match params.and_then(|params| params.get("notifications")) {
        None => return Some(Vec::new()),
        Some(filter) => filter.as_object()?,
    };
    match filter.get("resourceSubscriptions") {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(resources) => resources.as_array()?.iter().map(Value::as_str).collect(),
    }
}

fn reference(params: &Value) -> Option<(OperationKind, &str)> {
    let reference = params.get("ref")?;
    let member = |name| reference.get(name)?.as_str();
    match member("type")? {
        "ref/prompt" => Some((OperationKind::Prompt, member("name")?)),
        "ref/resource" => Some((OperationKind::Resource, member("uri")?)),
        _ => None,
    }
}
