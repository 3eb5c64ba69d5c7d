//! The events of a request, and the request that the running code decides on.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::request::AuditedRequest;
use super::{Audit, request_id};
use crate::error::AuthorizeError;
use crate::observe::outcome::Outcome;
use crate::scope::{Requirement, ScopeSet};
use crate::token::VerifiedToken;

/// A request of a layer that has an audit trail.
pub(super) struct Request {
    settings: Arc<Audit>,
    id: Option<String>,
    /// The operation that is allowed; `None` if the request invokes none that is in the trail.
    operation: OnceLock<Option<Operation>>,
    /// An event says that it is denied.
    is_denied: AtomicBool,
    /// The label of the reason for which its token is rejected.
    reason: Mutex<Option<&'static str>>,
}

/// An operation, as the registry names it, and what it requires.
struct Operation {
    name: String,
    required: String,
}

thread_local! {
    static CURRENT: RefCell<AuditedRequest> = const { RefCell::new(AuditedRequest::none()) };
}

/// Keeps a request current; dropping it restores the one before.
pub(super) struct Entered(AuditedRequest);

impl Entered {
    pub(super) fn new(request: &AuditedRequest) -> Self {
        Self(replace(request.clone()))
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        replace(std::mem::take(&mut self.0));
    }
}

fn replace(request: AuditedRequest) -> AuditedRequest {
    // The current one is gone while its thread ends.
    CURRENT
        .try_with(|current| current.replace(request))
        .unwrap_or_default()
}

impl AuditedRequest {
    #[cold]
    pub(super) fn new(settings: &Arc<Audit>, headers: &http::HeaderMap) -> Self {
        Self(Some(Arc::new(Request {
            settings: Arc::clone(settings),
            id: request_id::of(headers),
            operation: OnceLock::new(),
            is_denied: AtomicBool::new(false),
            reason: Mutex::default(),
        })))
    }

    /// Looks at the request on which the running code decides, if it is in a trail.
    #[inline]
    pub(in crate::observe) fn with_current(look: impl FnOnce(&Self)) {
        // The current one is gone while its thread ends.
        let _ = CURRENT.try_with(|current| {
            let current = current.borrow();
            if current.is_on() {
                look(&current);
            }
        });
    }

    /// Its token is rejected for the reason with this label.
    pub(in crate::observe) fn rejected(&self, reason: &'static str) {
        if let Some(request) = &self.0 {
            *request.reason() = Some(reason);
        }
    }

    /// An operation in it is allowed. `operation` returns its name, and is called if allowed requests are in
    /// the trail.
    pub(in crate::observe) fn allowed_operation<'r, R: Iterator<Item = &'r Requirement>>(
        &self,
        operation: impl FnOnce() -> Option<String>,
        requirements: impl FnOnce() -> R,
    ) {
        let is_in_trail =
            |request: &&Arc<Request>| request.settings.allowed && request.operation.get().is_none();
        let Some(request) = self.0.as_ref().filter(is_in_trail) else {
            return;
        };
        let required: Vec<String> = requirements()
            .map(|requirement| request.shown(requirement))
            .collect();
        let required = required.join(" and ");
        let name = operation().unwrap_or_default();
        let _ = request.operation.set(Some(Operation { name, required }));
    }

    /// It invokes nothing that is in the trail while it is allowed.
    pub(in crate::observe) fn without_operation(&self) {
        if let Some(request) = &self.0 {
            let _ = request.operation.set(None);
        }
    }

    /// What it invokes is denied.
    pub(in crate::observe) fn denied_operation(
        &self,
        outcome: &str,
        name: Option<String>,
        token: Option<&VerifiedToken>,
        refusal: Option<&AuthorizeError>,
    ) {
        if let Some(request) = &self.0 {
            request.is_denied.store(true, Ordering::Relaxed);
            request.write("operation", outcome, name, token, refusal);
        }
    }

    /// It is answered.
    pub(in crate::observe) fn answered(
        &self,
        outcome: Outcome,
        token: Option<&VerifiedToken>,
        refusal: Option<&AuthorizeError>,
    ) {
        let Some(request) = &self.0 else { return };
        let is_allowed = matches!(outcome, Outcome::Allowed);
        let is_in_trail = match request.operation.get() {
            Some(None) => !is_allowed,
            _ => !is_allowed || request.settings.allowed,
        };
        if is_in_trail && !request.is_denied.swap(true, Ordering::Relaxed) {
            request.write("request", outcome.as_str(), None, token, refusal);
        }
    }

    /// Its response stream ends early.
    pub(in crate::observe) fn stream_ended(&self, token: &VerifiedToken, refusal: &AuthorizeError) {
        if let Some(request) = &self.0 {
            let outcome = Outcome::of(Some(refusal)).as_str();
            request.write("stream", outcome, None, Some(token), Some(refusal));
        }
    }
}

impl Request {
    fn reason(&self) -> MutexGuard<'_, Option<&'static str>> {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shown(&self, requirement: &Requirement) -> String {
        if self.settings.concrete_scopes {
            requirement.access().to_string()
        } else {
            requirement.written().to_string()
        }
    }

    fn missing(&self, refusal: &AuthorizeError) -> Option<ScopeSet> {
        match refusal {
            AuthorizeError::InsufficientScope(lack) if self.settings.concrete_scopes => {
                Some(lack.missing().clone())
            }
            AuthorizeError::InsufficientScope(lack) => Some(lack.missing_as_declared()),
            _ => None,
        }
    }

    fn write(
        &self,
        event: &str,
        outcome: &str,
        denied: Option<String>,
        token: Option<&VerifiedToken>,
        refusal: Option<&AuthorizeError>,
    ) {
        let allowed = self.operation.get().and_then(Option::as_ref);
        let operation = denied.or_else(|| allowed.map(|operation| operation.name.clone()));
        let required = match refusal {
            Some(AuthorizeError::InsufficientScope(lack)) => Some(self.shown(lack.required())),
            Some(_) => None,
            None => allowed.map(|operation| operation.required.clone()),
        };
        let missing = refusal.and_then(|refusal| self.missing(refusal));
        tracing::info!(
            target: Audit::TARGET,
            {
                audit.event = event,
                auth.outcome = outcome,
                request.id = self.id.as_deref(),
                auth.issuer = token.and_then(|token| token.claims().issuer.as_deref()),
                auth.client_id = token.and_then(VerifiedToken::client_id),
                auth.subject_hash = token.and_then(|token| self.settings.subject_hash(token)),
                auth.operation = operation.filter(|name| !name.is_empty()),
                auth.required_scope = required.filter(|required| !required.is_empty()),
                auth.missing_scope = missing.map(|missing| missing.to_string()),
                auth.reason = *self.reason(),
            },
            "{}",
            match (event, outcome) {
                ("stream", _) => "the stream ends with its token",
                (_, "allowed") => "the request is allowed",
                ("operation", _) => "the operation is denied",
                _ => "the request is denied",
            }
        );
    }
}
