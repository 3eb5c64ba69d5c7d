//! Transports other than HTTP, whose caller is set when the server starts.

use std::borrow::Cow;

use rmcp::RoleServer;
use rmcp::model::{GetExtensions, JsonRpcMessage};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::{IntoTransport, Transport};

use crate::caller::Caller;
use crate::registry::Registry;
use crate::scope::{GrantedScopes, RequiredScope};
use crate::token::{Claims, VerifiedToken};

/// The permissions of the local user, over a transport that carries no tokens, such as
/// stdio (MCP authorization, section "Protocol Requirements").
///
/// ```
/// use scopes_core::{GrantedScopes, Registry};
/// use scopes_core::rmcp::LocalPolicy;
///
/// let policy = LocalPolicy::Granted(GrantedScopes::parse("entries:read")?);
/// let caller = policy.caller(&Registry::of_program(), "local");
/// assert!(caller.token().is_some());
/// # Ok::<(), scopes_core::ParseScopeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LocalPolicy {
    /// Public operations only.
    #[default]
    Deny,
    /// The operations that these scopes allow.
    Granted(GrantedScopes),
    /// Every scope that an operation of the registry names: a user who can start the server can do
    /// as much without it. Operations that are [added](Registry::add) later may need others.
    Trusted,
}

impl LocalPolicy {
    /// Returns the caller for the local user of a server with these operations. Its subject is
    /// `subject`.
    #[must_use]
    pub fn caller(&self, registry: &Registry, subject: &str) -> Caller {
        let scopes = match self {
            Self::Deny => return Caller::anonymous(),
            Self::Granted(scopes) => scopes.clone(),
            Self::Trusted => every_scope(registry),
        };
        let claims = Claims {
            subject: Some(subject.to_owned()),
            scopes,
            ..Claims::default()
        };
        VerifiedToken::new(claims).into()
    }
}

/// Every scope that an operation names, hidden ones included.
fn every_scope(registry: &Registry) -> GrantedScopes {
    let operations = registry.operations();
    let leaves = operations
        .iter()
        .flat_map(|operation| operation.requirement.access().leaves());
    GrantedScopes::with_every_value(&leaves.map(RequiredScope::granted_name).collect())
}

/// Wraps a transport whose messages all come from one caller.
///
/// ```no_run
/// # use rmcp::ServerHandler;
/// use rmcp::ServiceExt;
/// use scopes_core::Registry;
/// use scopes_core::rmcp::{LocalPolicy, as_caller};
///
/// # async fn serve(journal: impl ServerHandler) -> Result<(), Box<dyn std::error::Error>> {
/// let local = LocalPolicy::Trusted.caller(&Registry::of_program(), "local");
/// let running = journal.serve(as_caller(rmcp::transport::stdio(), local)).await?;
/// # drop(running);
/// # Ok(())
/// # }
/// ```
pub fn as_caller<T, E, A>(
    transport: T,
    caller: Caller,
) -> impl Transport<RoleServer, Error = E> + 'static
where
    T: IntoTransport<RoleServer, E, A>,
    E: std::error::Error + Send + Sync + 'static,
{
    AsCaller {
        transport: transport.into_transport(),
        caller,
    }
}

/// The extension in which [`caller`](super::caller) finds the caller of a message that did not
/// come over HTTP.
#[derive(Clone)]
pub(super) struct LocalCaller(pub(super) Caller);

struct AsCaller<T> {
    transport: T,
    caller: Caller,
}

impl<T: Transport<RoleServer>> Transport<RoleServer> for AsCaller<T> {
    type Error = T::Error;

    fn name() -> Cow<'static, str> {
        T::name()
    }

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.transport.send(message)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        let mut message = self.transport.receive().await?;
        let local = LocalCaller(self.caller.clone());
        match &mut message {
            JsonRpcMessage::Request(request) => {
                request.request.extensions_mut().insert(local);
            }
            JsonRpcMessage::Notification(notification) => {
                notification.notification.extensions_mut().insert(local);
            }
            JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => {}
        }
        Some(message)
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.transport.close().await
    }
}
