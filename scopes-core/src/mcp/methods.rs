//! The table of MCP's methods: what each one invokes, and where its parameters say so.

use std::borrow::Cow;

use super::arguments::GivenArguments;
use crate::registry::OperationKind;

/// What a message invokes, as far as its sender needs permission for it.
#[derive(Clone, Debug)]
pub(crate) enum Invocation<'a> {
    /// What every session consists of: the handshake, pings, notifications, answers.
    Session,
    /// A list, which every caller may see.
    List,
    /// One operation, by its name or URI, with its arguments.
    Operation(OperationKind, Cow<'a, str>, GivenArguments<'a>),
    /// Messages about these resources.
    Subscriptions(Vec<Cow<'a, str>>),
    /// The state or the result of a call that was started as a task.
    Task(Cow<'a, str>),
    /// Every task that there is, whoever started it (`tasks/list` of 2025-11-25).
    AllTasks,
}

/// The members of a method's parameters that name what it is about.
pub(crate) trait Named<'a> {
    /// Why a member cannot be read.
    type Error;

    /// `name`.
    fn name(&self) -> Result<Cow<'a, str>, Self::Error>;
    /// `uri`.
    fn uri(&self) -> Result<Cow<'a, str>, Self::Error>;
    /// `taskId`.
    fn task_id(&self) -> Result<Cow<'a, str>, Self::Error>;
    /// `ref`: a prompt or a resource.
    fn reference(&self) -> Result<(OperationKind, Cow<'a, str>), Self::Error>;
    /// `notifications.resourceSubscriptions`; none where it is absent.
    fn subscriptions(&self) -> Result<Vec<Cow<'a, str>>, Self::Error>;
    /// `arguments`.
    fn arguments(&self) -> GivenArguments<'a>;
    /// `argument` and `context` of a completion.
    fn completion(&self) -> GivenArguments<'a>;
    /// All of the parameters.
    fn all(&self) -> GivenArguments<'a>;
}

impl<'a> Invocation<'a> {
    /// What the request `method` with these parameters invokes.
    pub(crate) fn of_request<N: Named<'a>>(method: &str, params: &N) -> Result<Self, N::Error> {
        use OperationKind::{Method, Prompt, Resource, Tool};
        Ok(match method {
            "initialize" | "ping" | "server/discover" | "logging/setLevel" => Self::Session,
            "tools/list"
            | "prompts/list"
            | "resources/list"
            | "resources/templates/list"
            | "skills/list" => Self::List,
            "tools/call" => Self::Operation(Tool, params.name()?, params.arguments()),
            "prompts/get" => Self::Operation(Prompt, params.name()?, params.arguments()),
            "resources/read"
            | "resources/subscribe"
            | "resources/unsubscribe"
            | "resources/directory/read"
            | "skills/get" => {
                // The URI has them.
                Self::Operation(Resource, params.uri()?, GivenArguments::None)
            }
            "subscriptions/listen" => Self::Subscriptions(params.subscriptions()?),
            "completion/complete" => {
                let (kind, name) = params.reference()?;
                Self::Operation(kind, name, params.completion())
            }
            "tasks/get" | "tasks/update" | "tasks/cancel" | "tasks/result" => {
                Self::Task(params.task_id()?)
            }
            "tasks/list" => Self::AllTasks,
            other => Self::Operation(Method, other.to_owned().into(), params.all()),
        })
    }
}
