//! The decision inside a handler on what a request invokes. It is the same as the gate's. For
//! requests that reach no guarded function, it is the only check on a server without a gate, such
//! as one over stdio.

use std::sync::{LazyLock, OnceLock};

use http::request::Parts;
use rmcp::ErrorData;
use rmcp::model::{CallToolResponse, ErrorCode, Extensions};

use super::context::Context;
use super::invokes::{self, Invokes};
use super::probe::Probe;
use super::refusal;
use crate::caller::Caller;
use crate::mcp::AuthorizeMessageError as Denied;
use crate::mcp::decision::{self, Allowed, Gated};
use crate::mcp::methods::Invocation;
use crate::mcp::tasks::Tasks;
use crate::registry::{OperationKind, Registry};
use crate::token::Principal;

/// One handler of the program: its operations, and the tasks that were started in it.
#[derive(Debug)]
pub struct Server {
    name: &'static str,
    registry: OnceLock<Registry>,
    tasks: LazyLock<Tasks>,
}

/// A request on its way to the handler.
#[derive(Debug)]
pub struct Request<'s> {
    tasks: &'s Tasks,
    registry: Registry,
    caller: Caller,
    is_gated: bool,
    /// `true` if the request comes from the validation at the start, which has to see operations
    /// that are hidden from lists.
    is_probed: bool,
}

/// An allowed request, for its answer.
#[derive(Debug)]
pub struct Decided(Allowed);

impl Server {
    /// Returns the server of the operations with `server = ".."`.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self {
            name,
            registry: OnceLock::new(),
            tasks: LazyLock::new(Tasks::default),
        }
    }

    /// The operations that the program annotates for this server.
    pub fn registry(&self) -> &Registry {
        self.registry
            .get_or_init(|| Registry::of_program().of_server(self.name))
    }

    /// A request that came with `context`.
    pub fn request(&self, registry: &Registry, context: &impl Context) -> Request<'_> {
        Request {
            tasks: &self.tasks,
            registry: registry.clone(),
            caller: context.caller(),
            is_gated: is_gated(context.extensions()),
            is_probed: context.extensions().get::<Probe>().is_some(),
        }
    }
}

/// Returns whether a gate has decided on the message. The gate then keeps the principals of tasks,
/// and the handler does not.
fn is_gated(extensions: &Extensions) -> bool {
    let parts = extensions.get::<Parts>();
    parts.is_some_and(|parts| parts.extensions.get::<Gated>().is_some())
}

impl Request<'_> {
    /// Returns the caller of the request.
    #[must_use]
    pub fn caller(&self) -> Caller {
        self.caller.clone()
    }

    pub(super) fn is_probed(&self) -> bool {
        self.is_probed
    }

    pub(super) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Decides on what the request invokes.
    ///
    /// # Errors
    ///
    /// If the caller is refused, or the operation is unknown.
    pub fn decide<R: Invokes>(&self, request: &R) -> Result<Decided, ErrorData> {
        let invocation = invokes::invocation(request)?;
        if self.is_gated && matches!(invocation, Invocation::Task(_)) {
            return Ok(Decided(Allowed::Plain));
        }
        decision::decide(&self.registry, self.tasks, &self.caller, &invocation)
            .map(Decided)
            .map_err(|denied| error(denied, request))
    }

    /// Returns the answer to a `tools/call`. If the call started a task, keeps its principal.
    ///
    /// # Errors
    ///
    /// That of the answer, if it is no refusal.
    pub fn tool_answer(
        &self,
        decided: Option<Decided>,
        answer: Result<CallToolResponse, ErrorData>,
    ) -> Result<CallToolResponse, ErrorData> {
        if let (Ok(CallToolResponse::Task(started)), Some(Decided(Allowed::Call(requirements)))) =
            (&answer, decided)
            && !self.is_gated
            && let Some(owner) = self.caller.token().and_then(Principal::of)
        {
            self.tasks.keep(owner, &started.task.task_id, requirements);
        }
        refusal::tool_answer(&self.caller, answer)
    }

    /// The answer to any other request that invokes something.
    ///
    /// # Errors
    ///
    /// That of the answer.
    pub fn answer<T>(&self, answer: Result<T, ErrorData>) -> Result<T, ErrorData> {
        answer.map_err(|error| refusal::told_to(&self.caller, error))
    }
}

/// Returns the error for a denial. An operation that is not listed gets rmcp's error for unknown
/// ones.
fn error<R: Invokes>(denied: Denied, request: &R) -> ErrorData {
    match denied {
        Denied::Refused(refusal) => refusal.into(),
        Denied::Unreadable(error) => ErrorData::invalid_params(error.to_string(), None),
        Denied::Undeclared(OperationKind::Tool) => {
            ErrorData::invalid_params("tool not found", None)
        }
        Denied::Undeclared(OperationKind::Prompt) => {
            ErrorData::invalid_params("prompt not found", None)
        }
        Denied::Undeclared(OperationKind::Resource) => {
            ErrorData::resource_not_found("resource not found", None)
        }
        Denied::UnknownTask => ErrorData::invalid_params("There is no such task.", None),
        Denied::Undeclared(_) | Denied::UnknownMethod => ErrorData::new(
            ErrorCode::METHOD_NOT_FOUND,
            request.method().to_owned(),
            None,
        ),
    }
}
