//! The decision inside of a handler, on what the request of a client invokes. It is the gate's; a
//! server without a gate, such as one over stdio, has no other guard where there is no function.

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
use crate::mcp::decision::{self, Allowed, Gated};
use crate::mcp::methods::Invocation;
use crate::mcp::tasks::Tasks;
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
    gated: Option<Gated>,
    /// The check at the start asks, which has to see what is served and not listed.
    is_probed: bool,
    takes_anonymous: bool,
    /// The refusal on the way to the answer.
    refusal: OnceLock<AuthorizeError>,
}

/// What was allowed, for the answer.
#[derive(Debug)]
pub struct Decided(Allowed);

impl Server {
    /// The handler of the operations that say `server = ".."`.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self {
            name,
            anonymous: None,
            registry: OnceLock::new(),
            tasks: LazyLock::new(Tasks::default),
        }
    }

    /// The same handler, which callers without a token are admitted to.
    #[must_use]
    pub const fn anonymous(mut self, lists: AnonymousLists) -> Self {
        self.anonymous = Some(lists);
        self
    }

    /// The operations that the program annotates for this server.
    pub fn registry(&self) -> &Registry {
        self.registry
            .get_or_init(|| Registry::of_program().of_server(self.name))
    }

    /// A request that came with `context`.
    pub fn request(&self, registry: &Registry, context: &impl Context) -> Request<'_> {
        let probe = context.extensions().get::<Probe>();
        if let Some(probe) = probe {
            probe.note_anonymous(self.anonymous);
        }
        Request {
            tasks: &self.tasks,
            registry: registry.clone(),
            caller: context.caller(),
            gated: gated(context.extensions()).cloned(),
            is_probed: probe.is_some(),
            takes_anonymous: self.anonymous.is_some(),
            refusal: OnceLock::new(),
        }
    }
}

/// What a gate says that has decided on the message. It knows whose tasks are, and the handler need not.
fn gated(extensions: &Extensions) -> Option<&Gated> {
    extensions.get::<Parts>()?.extensions.get::<Gated>()
}

impl Request<'_> {
    /// Who sent it.
    #[must_use]
    pub fn caller(&self) -> Caller {
        self.caller.clone()
    }

    pub(super) fn is_probed(&self) -> bool {
        self.is_probed
    }

    /// Returns `scopes` as clients request them.
    pub(super) fn requested(&self, scopes: ScopeSet) -> ScopeSet {
        match &self.gated {
            Some(gated) => gated.requested(scopes),
            None => scopes,
        }
    }

    pub(super) const fn takes_anonymous(&self) -> bool {
        self.takes_anonymous
    }

    /// Returns whether the caller is shown the entries of public operations alone.
    pub(super) fn lists_public_alone(&self) -> bool {
        let lists = self.gated.as_ref().and_then(|gated| gated.anonymous_lists);
        self.caller.token().is_none() && lists == Some(AnonymousLists::Public)
    }

    /// Runs `future` as the caller, and keeps the refusal with which it ends.
    pub async fn run<F: Future>(&self, future: F) -> F::Output {
        let mut running = std::pin::pin!(CallerContext::of(self.caller()).run(future));
        let output = running.as_mut().await;
        if let Some(refusal) = running.take_context().take_refusal() {
            let _ = self.refusal.set(refusal);
        }
        output
    }

    pub(super) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Decides on what it invokes.
    ///
    /// # Errors
    ///
    /// The refusal, or that there is no such operation.
    pub fn decide<R: Invokes>(&self, request: &R) -> Result<Decided, ErrorData> {
        let invocation = invokes::invocation(request)?;
        if self.gated.is_some() && matches!(invocation, Invocation::Task(_)) {
            return Ok(Decided(Allowed::Plain));
        }
        decision::decide(&self.registry, self.tasks, &self.caller, &invocation)
            .map(Decided)
            .map_err(|denied| {
                if let Denied::Refused(refusal) = &denied {
                    let _ = self.refusal.set(refusal.clone());
                }
                error(denied, request)
            })
    }

    /// The answer to a `tools/call`: remembers whose the task is that it tells of.
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
            && self.gated.is_none()
            && let Some(owner) = self.caller.token().and_then(Principal::of)
        {
            self.tasks.keep(owner, &started.task.task_id, requirements);
        }
        let challenge = || self.gated.as_ref()?.challenge(self.refusal.get()?);
        refusal::tool_answer(answer, challenge)
    }
}

/// The denial; of an operation that is not listed, in the words of rmcp for unknown ones.
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
