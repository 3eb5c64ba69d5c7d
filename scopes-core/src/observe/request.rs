//! A request on its way through the layer.

use super::audit::AuditedRequest;
use super::outcome::Outcome;
use crate::error::AuthorizeError;
use crate::token::VerifiedToken;

/// A request that is observed, from its arrival to its answer.
pub(crate) struct ObservedRequest {
    #[cfg(feature = "tracing")]
    span: tracing::Span,
    pub(crate) audited: AuditedRequest,
}

impl ObservedRequest {
    /// Returns a request that is not observed.
    #[inline]
    pub(crate) const fn none() -> Self {
        Self {
            #[cfg(feature = "tracing")]
            span: tracing::Span::none(),
            audited: AuditedRequest::none(),
        }
    }

    #[inline]
    pub(crate) fn new(audited: AuditedRequest) -> Self {
        Self {
            audited,
            #[cfg(feature = "tracing")]
            span: tracing::info_span!(
                target: "scopes_core",
                "protected_request",
                auth.outcome = tracing::field::Empty,
                auth.reason = tracing::field::Empty,
                auth.client_id = tracing::field::Empty,
                auth.subject_hash = tracing::field::Empty,
            ),
        }
    }

    /// Runs work in the span of the request.
    #[inline]
    pub(crate) fn enter<R>(&self, work: impl FnOnce() -> R) -> R {
        self.audited.enter(|| {
            #[cfg(feature = "tracing")]
            return self.span.in_scope(work);
            #[cfg(not(feature = "tracing"))]
            work()
        })
    }

    /// Its token is valid.
    #[inline]
    pub(crate) fn authenticated(&self, token: &VerifiedToken) {
        #[cfg(feature = "tracing")]
        if !self.span.is_disabled() {
            self.span.record("auth.client_id", token.client_id());
            self.span
                .record("auth.subject_hash", super::events::subject_hash(token));
        }
        #[cfg(feature = "audit")]
        if let Some(request) = self.audited.request() {
            request.authenticated(token);
        }
    }

    /// The layer refuses it.
    pub(crate) fn refused(&self, refusal: &AuthorizeError) {
        self.ended(None, Some(refusal));
        #[cfg(feature = "tracing")]
        self.span.in_scope(|| super::events::refused(refusal));
    }

    /// The layer refuses it for the origin or host that it names.
    pub(crate) fn not_allowed(&self, outcome: Outcome, named: &str) {
        self.ended_as(outcome, None, None);
        #[cfg(feature = "tracing")]
        self.span
            .in_scope(|| super::events::not_allowed(outcome, named));
    }

    /// The service has answered a caller with this token; with a refusal, if a guard in it has refused the
    /// caller.
    #[inline]
    pub(crate) fn answered(&self, token: Option<&VerifiedToken>, refusal: Option<&AuthorizeError>) {
        self.ended(token, refusal);
        #[cfg(feature = "tracing")]
        self.span.in_scope(|| super::events::answered(refusal));
    }

    /// The service has asked for a token although a valid one came with the request.
    pub(crate) fn lost_caller(&self, token: Option<&VerifiedToken>) {
        self.ended_as(Outcome::MissingContext, token, None);
        #[cfg(feature = "tracing")]
        self.span.in_scope(super::events::request_lost_caller);
    }

    #[inline]
    fn ended(&self, token: Option<&VerifiedToken>, refusal: Option<&AuthorizeError>) {
        self.ended_as(Outcome::of(refusal), token, refusal);
    }

    #[inline]
    fn ended_as(
        &self,
        outcome: Outcome,
        token: Option<&VerifiedToken>,
        refusal: Option<&AuthorizeError>,
    ) {
        #[cfg(feature = "metrics")]
        super::counters::request(outcome);
        #[cfg(feature = "tracing")]
        self.span.record("auth.outcome", outcome.as_str());
        #[cfg(feature = "audit")]
        if let Some(request) = self.audited.request() {
            request.answered(outcome, token, refusal);
        }
    }
}
