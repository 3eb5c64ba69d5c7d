//! The check of tokens against the revocations of a layer.

use std::task::{Context, Poll};

use http::Extensions;

use crate::observe;
use crate::revocation::Revocations;
use crate::token::{Rejection, VerifiedToken, VerifyTokenError};

/// The revocations that the tokens of a layer are checked against, if there are any.
#[derive(Clone, Default)]
pub(super) struct CheckedRevocations(pub(super) Option<Revocations>);

impl CheckedRevocations {
    /// Checks a token that was verified. The rejection is logged.
    #[inline]
    pub(super) fn check(&self, token: VerifiedToken) -> Result<VerifiedToken, VerifyTokenError> {
        let Some(revocations) = &self.0 else {
            return Ok(token);
        };
        match revocations.check(&token) {
            Ok(()) => Ok(token),
            Err(error) => {
                if let VerifyTokenError::Invalid(rejection) = &error {
                    observe::rejected(rejection);
                }
                Err(error)
            }
        }
    }

    /// Returns whether revocations of other instances are known, so that tokens can be accepted.
    pub(super) fn are_known(&self) -> bool {
        self.0.as_ref().is_none_or(Revocations::are_known)
    }

    /// Adds the revocations to a request, for a service that waits for its body before it acts.
    pub(super) fn add_to(&self, extensions: &mut Extensions) {
        if let Some(revocations) = &self.0 {
            extensions.insert(revocations.clone());
        }
    }
}

/// Looks for revocations of the token of a stream.
pub(super) struct RevocationWatch {
    revocations: CheckedRevocations,
    /// The generation of revocations that was looked at last.
    seen: u64,
    /// The registration of the task, which ends with the stream.
    place: Option<u64>,
}

impl RevocationWatch {
    pub(super) fn new(revocations: &CheckedRevocations) -> Self {
        Self {
            revocations: revocations.clone(),
            seen: 0,
            place: None,
        }
    }

    /// Checks the token after it was verified again.
    pub(super) fn check(&self, token: VerifiedToken) -> Result<VerifiedToken, VerifyTokenError> {
        self.revocations.check(token)
    }

    /// Returns the reason why the token is rejected, if something has been revoked since the last call.
    ///
    /// Revocations that are unavailable end no stream here: the next verification decides.
    #[inline]
    pub(super) fn rejection(&mut self, token: &VerifiedToken) -> Option<Rejection> {
        let revocations = self.revocations.0.as_ref()?;
        let generation = revocations.generation();
        if self.seen == generation {
            return None;
        }
        if let Err(rejection) = revocations.check_known(token) {
            return Some(rejection);
        }
        self.seen = generation;
        None
    }

    /// Completes when something has been revoked since the last [`rejection`](Self::rejection).
    pub(super) fn poll_change(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(revocations) = &self.revocations.0 else {
            return Poll::Pending;
        };
        revocations.register(&mut self.place, context.waker());
        // A revocation before the registration has woken no one.
        if revocations.generation() == self.seen {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    }
}

impl Drop for RevocationWatch {
    fn drop(&mut self) {
        if let (Some(revocations), Some(place)) = (&self.revocations.0, self.place) {
            revocations.unregister(place);
        }
    }
}
