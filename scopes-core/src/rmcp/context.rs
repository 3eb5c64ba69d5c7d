//! The caller of a request, from the context that rmcp passes to the handler.

use http::request::Parts;
use rmcp::RoleServer;
use rmcp::model::Extensions;
use rmcp::service::{NotificationContext, RequestContext, ServiceRole, SubscriptionContext};

use super::local::LocalCaller;
use super::probe::Probe;
use crate::caller::{Caller, CallerSource};
use crate::token::VerifiedToken;

/// Returns the caller of the request with these extensions.
///
/// The caller of a request over HTTP is the one that a layer in front has authenticated; without a
/// layer, an anonymous one. The caller of a request over another transport is that of the
/// [transport](super::as_caller); by default, an anonymous one.
///
/// ```
/// use rmcp::model::Extensions;
/// use scopes_core::rmcp::caller;
///
/// // Nobody has authenticated this request.
/// assert!(caller(&Extensions::new()).token().is_none());
/// ```
#[must_use]
pub fn caller(extensions: &Extensions) -> Caller {
    if let Some(probe) = extensions.get::<Probe>() {
        probe.note_context();
    }
    match (extensions.get::<Parts>(), extensions.get::<LocalCaller>()) {
        (Some(parts), _) => parts.extensions.get::<VerifiedToken>().cloned().into(),
        (None, Some(local)) => local.0.clone(),
        (None, None) => Caller::anonymous(),
    }
}

/// The context of a request, from which its caller is read.
pub trait Context: CallerSource {
    /// Returns the extensions of the request.
    fn extensions(&self) -> &Extensions;
}

impl Context for RequestContext<RoleServer> {
    fn extensions(&self) -> &Extensions {
        &self.extensions
    }
}

impl Context for NotificationContext<RoleServer> {
    fn extensions(&self) -> &Extensions {
        &self.extensions
    }
}

impl Context for SubscriptionContext {
    fn extensions(&self) -> &Extensions {
        &self.request_context().extensions
    }
}

impl CallerSource for Extensions {
    fn caller(&self) -> Caller {
        caller(self)
    }
}

impl<R: ServiceRole> CallerSource for RequestContext<R> {
    fn caller(&self) -> Caller {
        caller(&self.extensions)
    }
}

impl<R: ServiceRole> CallerSource for NotificationContext<R> {
    fn caller(&self) -> Caller {
        caller(&self.extensions)
    }
}

impl CallerSource for SubscriptionContext {
    fn caller(&self) -> Caller {
        caller(&self.request_context().extensions)
    }
}
