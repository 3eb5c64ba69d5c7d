//! The events of a request.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use http::HeaderMap;

use super::{Audit, request_id};
use crate::error::AuthorizeError;
use crate::observe::outcome::Outcome;
use crate::scope::{Requirement, ScopeSet};
use crate::token::VerifiedToken;

/// A request of a layer that has an audit trail.
pub(in crate::observe) struct Request {
    settings: Arc<Audit>,
    id: Option<String>,
    /// The operation that is allowed; `None` if the request invokes none that is in the trail.
    operation: OnceLock<Option<Operation>>,
    /// The token of a caller whom the layer lets pass.
    token: OnceLock<VerifiedToken>,
    /// An event has the decision on it.
    is_written: AtomicBool,
    /// The label of the reason for which its token is rejected.
    reason: Mutex<Option<&'static str>>,
}

/// An operation, as the registry names it, and what it requires.
struct Operation {
    name: String,
    required: String,
}

impl Request {
    #[cold]
    pub(super) fn new(settings: &Arc<Audit>, headers: &HeaderMap) -> Self {
        Self {
            settings: Arc::clone(settings),
            id: request_id::of(headers),
            operation: OnceLock::new(),
            token: OnceLock::new(),
            is_written: AtomicBool::new(false),
            reason: Mutex::default(),
        }
    }

    /// Its token is valid.
    pub(in crate::observe) fn authenticated(&self, token: &VerifiedToken) {
        if self.settings.allowed {
            let _ = self.token.set(token.clone());
        }
    }

    /// Its token is rejected for the reason with this label.
    pub(in crate::observe) fn rejected(&self, reason: &'static str) {
        *self.reason() = Some(reason);
    }

    /// An operation in it is allowed. Both are called if allowed requests are in the trail.
    pub(in crate::observe) fn allowed_operation<'r, R: Iterator<Item = &'r Requirement>>(
        &self,
        operation: impl FnOnce() -> Option<String>,
        requirements: impl FnOnce() -> R,
    ) {
        if !self.settings.allowed || self.operation.get().is_some() {
            return;
        }
        let required: Vec<String> = requirements()
            .map(|requirement| self.shown(requirement))
            .collect();
        let required = required.join(" and ");
        let name = operation().unwrap_or_default();
        let _ = self.operation.set(Some(Operation { name, required }));
    }

    /// It invokes nothing that is in the trail while it is allowed.
    pub(in crate::observe) fn without_operation(&self) {
        let _ = self.operation.set(None);
    }

    /// The operation that it invokes is denied.
    pub(in crate::observe) fn denied_operation(
        &self,
        outcome: &str,
        name: Option<String>,
        token: Option<&VerifiedToken>,
        refusal: Option<&AuthorizeError>,
    ) {
        self.is_written.store(true, Ordering::Relaxed);
        self.write("operation", outcome, name, token, refusal);
    }

    /// It is answered.
    pub(in crate::observe) fn answered(
        &self,
        outcome: Outcome,
        token: Option<&VerifiedToken>,
        refusal: Option<&AuthorizeError>,
    ) {
        let is_allowed = matches!(outcome, Outcome::Allowed);
        let is_in_trail = match self.operation.get() {
            Some(None) => !is_allowed,
            _ => !is_allowed || self.settings.allowed,
        };
        if is_in_trail && !self.is_written.swap(true, Ordering::Relaxed) {
            self.write("request", outcome.as_str(), None, token, refusal);
        }
    }

    /// Its response stream ends early.
    pub(in crate::observe) fn stream_ended(&self, token: &VerifiedToken, refusal: &AuthorizeError) {
        let outcome = Outcome::of(Some(refusal)).as_str();
        self.write("stream", outcome, None, Some(token), Some(refusal));
    }

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
        // A later check of the token, for a stream, has a reason of its own.
        let is_rejected = matches!(refusal, Some(AuthorizeError::InvalidToken(_)));
        let reason = self.reason().filter(|_| is_rejected);
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
                auth.reason = reason,
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

/// A client can hang up before the answer: what it was allowed to call ran all the same.
impl Drop for Request {
    fn drop(&mut self) {
        let invokes = self.operation.get().map(Option::is_some);
        let was_allowed = invokes.unwrap_or(self.token.get().is_some());
        if was_allowed && self.settings.allowed && !self.is_written.load(Ordering::Relaxed) {
            let outcome = Outcome::Allowed.as_str();
            self.write("request", outcome, None, self.token.get(), None);
        }
    }
}
