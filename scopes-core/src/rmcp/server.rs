//! The decision inside a handler on what a request invokes. It is the same as the gate's. For
//! requests that reach no guarded function, it is the only check on a server without a gate, such
//! as one over stdio.

use std::future;
use std::sync::{LazyLock, OnceLock};

use http::request::Parts;
use rmcp::ErrorData;
use rmcp::model::{CallToolResponse, ErrorCode, Extensions};

use super::context::Context;
use super::invokes::{self, Invokes};
use super::probe::Probe;
use super::refusal;
use crate::caller::{Caller, Context as CallerContext};
use crate::error::AuthorizeError;
use crate::mcp::AuthorizeMessageError as Denied;
use crate::mcp::decision::{self, Allowed, GateSettings, Gated};
use crate::mcp::methods::Invocation;
use crate::mcp::tasks::Tasks;
use crate::observe::{self, AuditedRequest};
use crate::registry::{AnonymousLists, OperationKind, Registry};
use crate::scope::ScopeSet;
use crate::token::Principal;

/// One handler of the program: its operations, and the tasks that were started in it.
#[derive(Debug)]
pub struct Server {
    name: &'static str,
    anonymous: Option<AnonymousLists>,
    registry: OnceLock<Registry>,
    tasks: LazyLock<Tasks>,
}

/// A request on its way to the handler.
#[derive(Debug)]
pub struct Request<'s> {
    tasks: &'s Tasks,
    registry: Registry,
    caller: Caller,
    /// `true` if a gate has decided on the message. It then keeps the principals of tasks, and the handler
    /// does not.
    is_gated: bool,
    gate: Option<GateSettings>,
    /// `true` if the request comes from the validation at the start, which has to see operations
    /// that are hidden from lists.
    is_probed: bool,
    takes_anonymous: bool,
    /// The refusal on the way to the answer.
    refusal: OnceLock<AuthorizeError>,
    audited: AuditedRequest,
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
            anonymous: None,
            registry: OnceLock::new(),
            tasks: LazyLock::new(Tasks::default),
        }
    }

    /// Returns the same handler, which callers without a token are admitted to.
    #[must_use]
    pub const fn anonymous(mut self, lists: AnonymousLists) -> Self {
        self.anonymous = Some(lists);
        self
    }

    /// Returns the operations that the program annotates for this server.
    pub fn registry(&self) -> &Registry {
        self.registry
            .get_or_init(|| Registry::of_program().of_server(self.name))
    }

    /// Reads a request that came with `context`.
    pub fn request(&self, registry: &Registry, context: &impl Context) -> Request<'_> {
        let probe = context.extensions().get::<Probe>();
        if let Some(probe) = probe {
            probe.note_anonymous(self.anonymous);
        }
        Request {
            tasks: &self.tasks,
            registry: registry.clone(),
            caller: context.caller(),
            is_gated: of_gate::<Gated>(context.extensions()).is_some(),
            gate: of_gate(context.extensions()).cloned(),
            is_probed: probe.is_some(),
            takes_anonymous: self.anonymous.is_some(),
            refusal: OnceLock::new(),
            audited: of_gate(context.extensions()).cloned().unwrap_or_default(),
        }
    }
}

/// Returns what a gate has put into the request.
fn of_gate<T: Clone + Send + Sync + 'static>(extensions: &Extensions) -> Option<&T> {
    extensions.get::<Parts>()?.extensions.get()
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

    /// Returns `scopes` as clients request them.
    pub(super) fn requested(&self, scopes: ScopeSet) -> ScopeSet {
        match &self.gate {
            Some(gate) => gate.requested(scopes),
            None => scopes,
        }
    }

    /// Returns whether callers without a token are admitted: by the gate, if there is one.
    pub(super) fn takes_anonymous(&self) -> bool {
        if !self.is_gated {
            return self.takes_anonymous;
        }
        self.anonymous_lists().is_some()
    }

    /// Returns the lists that the gate shows callers without a token.
    fn anonymous_lists(&self) -> Option<AnonymousLists> {
        self.gate.as_ref()?.anonymous_lists
    }

    /// Returns whether callers without a token are shown less than others.
    pub(super) fn lists_differ_by_caller(&self) -> bool {
        self.anonymous_lists() == Some(AnonymousLists::Public)
    }

    /// Returns whether the caller is shown the entries of public operations alone.
    pub(super) fn lists_public_alone(&self) -> bool {
        self.caller.token().is_none() && self.lists_differ_by_caller()
    }

    /// Runs `future` as the caller, and keeps the refusal with which it ends.
    pub async fn run<F: Future>(&self, future: F) -> F::Output {
        let mut running = std::pin::pin!(CallerContext::of(self.caller()).run(future));
        // In a task of its own, where the layer's is not current.
        let output =
            future::poll_fn(|context| self.audited.enter(|| running.as_mut().poll(context)));
        let output = output.await;
        if let Some(refusal) = running.take_context().take_refusal() {
            let _ = self.refusal.set(refusal);
        }
        output
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
        let decide = || decision::decide(&self.registry, self.tasks, &self.caller, &invocation);
        self.audited.enter(decide).map(Decided).map_err(|denied| {
            match &denied {
                Denied::Refused(refusal) => drop(self.refusal.set(refusal.clone())),
                Denied::UnknownTask => {
                    let unknown = || observe::not_of_caller("unknown_task", &self.caller);
                    self.audited.enter(unknown);
                }
                _ => {}
            }
            error(denied, request)
        })
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
        let is_task = matches!(answer, Ok(CallToolResponse::Task(_)));
        let answer = match self.caller.token() {
            // A task has to belong to a principal.
            None if is_task => Err(AuthorizeError::MissingToken.into()),
            _ => answer,
        };
        let challenge = |refusal: &AuthorizeError| self.gate.as_ref()?.challenge(refusal);
        refusal::tool_answer(&self.caller, answer, self.refusal.get(), challenge)
    }

    /// Returns the answer to any other request that invokes something.
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
