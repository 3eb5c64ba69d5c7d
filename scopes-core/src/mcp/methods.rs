//! The table of MCP's methods: what each one invokes, and the parameters that name it.

use std::borrow::Cow;

use super::arguments::GivenArguments;
use crate::registry::OperationKind;

/// The operation, list or task that a message invokes.
#[derive(Clone, Debug)]
pub(crate) enum Invocation<'a> {
    /// A message that every session consists of: a handshake, ping, notification or answer.
    Session,
    /// A list, which every caller may see.
    List,
    /// One operation, by its name or URI, with its arguments, and whether its function runs: a
    /// request that only refers to the operation, such as a completion, reaches no guard.
    Operation(OperationKind, Cow<'a, str>, GivenArguments<'a>, Reach),
    /// Messages about these resources.
    Subscriptions(Vec<Cow<'a, str>>),
    /// The state or the result of a call that was started as a task.
    Task(Cow<'a, str>),
    /// All tasks of all principals (`tasks/list` of 2025-11-25).
    AllTasks,
}

/// The code that a request for an operation reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The function of the operation, whose guard decides too.
    Function,
    /// A task, on whose start the guard has decided.
    Task,
    /// Other code, without a guard.
    Elsewhere,
}

/// The members of a method's parameters that name its operation, task or resources.
pub(crate) trait Named<'a> {
    /// Returned when a member cannot be read.
    type Error;

    /// `name`.
    fn name(&self) -> Result<Cow<'a, str>, Self::Error>;
    /// `uri`.
    fn uri(&self) -> Result<Cow<'a, str>, Self::Error>;
    /// `taskId`.
    fn task_id(&self) -> Result<Cow<'a, str>, Self::Error>;
    /// `ref`: a prompt or a resource.
    fn reference(&self) -> Result<(OperationKind, Cow<'a, str>), Self::Error>;
    /// `notifications.resourceSubscriptions`; empty if it is absent.
    fn subscriptions(&self) -> Result<Vec<Cow<'a, str>>, Self::Error>;
    /// `arguments`.
    fn arguments(&self) -> GivenArguments<'a>;
    /// `argument` and `context` of a completion.
    fn completion(&self) -> GivenArguments<'a>;
    /// All of the parameters.
    fn all(&self) -> GivenArguments<'a>;
}

impl<'a> Invocation<'a> {
    /// Returns what the request `method` with these parameters invokes.
    pub(crate) fn of_request<N: Named<'a>>(method: &str, params: &N) -> Result<Self, N::Error> {
        use OperationKind::{Method, Prompt, Resource, Tool};
        Ok(match method {
            "initialize" | "ping" | "server/discover" | "logging/setLevel" => Self::Session,
            "tools/list"
            | "prompts/list"
            | "resources/list"
            | "resources/templates/list"
            | "skills/list" => Self::List,
            "tools/call" => {
                Self::Operation(Tool, params.name()?, params.arguments(), Reach::Function)
            }
            "prompts/get" => {
                Self::Operation(Prompt, params.name()?, params.arguments(), Reach::Function)
            }
            // The arguments are in the URI.
            "resources/read" => Self::Operation(
                Resource,
                params.uri()?,
                GivenArguments::None,
                Reach::Function,
            ),
            "resources/subscribe"
            | "resources/unsubscribe"
            | "resources/directory/read"
            | "skills/get" => Self::Operation(
                Resource,
                params.uri()?,
                GivenArguments::None,
                Reach::Elsewhere,
            ),
            "subscriptions/listen" => Self::Subscriptions(params.subscriptions()?),
            "completion/complete" => {
                let (kind, name) = params.reference()?;
                Self::Operation(kind, name, params.completion(), Reach::Elsewhere)
            }
            "tasks/get" | "tasks/update" | "tasks/cancel" | "tasks/result" => {
                Self::Task(params.task_id()?)
            }
            "tasks/list" => Self::AllTasks,
            other => Self::Operation(
                Method,
                other.to_owned().into(),
                params.all(),
                Reach::Function,
            ),
        })
    }
}
