//! The decision on a message from its bytes.

use std::sync::Arc;

use super::decision::{self, Allowed, AuthorizeMessageError};
use super::message::Message;
use super::methods::{Invocation, Reach};
use super::tasks::Tasks;
use crate::caller::Caller;
use crate::registry::{Registry, Requirements};
use crate::token::Principal;

/// Decides which messages a caller may send to one MCP server.
///
/// The [gate](super::GateLayer) and `#[scoped_handler]` use the same rules. A server with another
/// transport can use them directly:
///
/// ```
/// use scopes_core::mcp::{AuthorizeMessageError, MessageRules};
/// use scopes_core::{OperationKind, ProtectedOperation, Registry, Requirement, ScopeName};
/// # use scopes_core::testing::caller;
///
/// let requirement = Requirement::one(ScopeName::from_static("entries:write"));
/// let registry = Registry::default();
/// registry.add(ProtectedOperation::at_run_time(OperationKind::Tool, "clear", requirement));
/// let rules = MessageRules::new(&registry);
///
/// let call = br#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"clear"}}"#;
/// let (reader, writer) = (caller("ada", "entries:read")?, caller("bob", "entries:write")?);
/// assert!(matches!(rules.authorize(&reader, call), Err(AuthorizeMessageError::Refused(_))));
/// assert!(rules.authorize(&writer, call).is_ok());
/// # Ok::<(), scopes_core::ParseScopeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct MessageRules {
    pub(super) registry: Registry,
    tasks: Arc<Tasks>,
}

impl MessageRules {
    /// Returns the rules of the server whose operations are in `registry`.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        Self {
            registry: registry.clone(),
            tasks: Arc::default(),
        }
    }

    /// Decides whether `caller` may send `message`, which is one JSON-RPC message and nothing else.
    ///
    /// # Errors
    ///
    /// The denial. A message that cannot be read, or that two parsers could read differently, is
    /// always denied. Requests for tasks are denied as well: only a gate and a handler know tasks,
    /// because they see the answers that start them.
    pub fn authorize(&self, caller: &Caller, message: &[u8]) -> Result<(), AuthorizeMessageError> {
        let message = Message::read(message).map_err(AuthorizeMessageError::Unreadable)?;
        let invocation = message
            .invocation()
            .map_err(AuthorizeMessageError::Unreadable)?;
        self.decide(caller, &invocation).map(drop)
    }

    /// Decides on what a message invokes.
    pub(super) fn decide(
        &self,
        caller: &Caller,
        invocation: &Invocation<'_>,
    ) -> Result<Allowed, AuthorizeMessageError> {
        decision::decide(&self.registry, &self.tasks, caller, invocation)
    }

    /// Decides on a task of the caller with these requirements.
    pub(super) fn decide_task(
        &self,
        caller: &Caller,
        requirements: &Requirements,
    ) -> Result<Allowed, AuthorizeMessageError> {
        let each = requirements.iter().map(AsRef::as_ref);
        decision::allow(&self.registry, each, caller, Reach::Task)?;
        Ok(Allowed::Plain)
    }

    /// Keeps the principal of a task that a call has started. Returns `false` if another one has it.
    pub(super) fn started(
        &self,
        principal: Principal,
        task: &str,
        requirements: Requirements,
    ) -> bool {
        self.tasks.keep(principal, task, requirements)
    }

    /// Forgets a task that another principal has started on another instance.
    pub(super) fn forget(&self, principal: Principal, task: &str) {
        self.tasks.forget(principal, task);
    }
}
