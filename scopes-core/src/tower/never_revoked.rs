//! The check of tokens without the feature `revocation`: there are no revocations.

#![expect(
    clippy::unnecessary_wraps,
    clippy::unused_self,
    reason = "the same functions as with the feature `revocation`"
)]

use std::task::{Context, Poll};

use http::Extensions;

use crate::token::{Rejection, VerifiedToken, VerifyTokenError};

#[derive(Clone, Default)]
pub(super) struct CheckedRevocations {}

impl CheckedRevocations {
    #[inline]
    pub(super) fn check(&self, token: VerifiedToken) -> Result<VerifiedToken, VerifyTokenError> {
        Ok(token)
    }

    pub(super) fn add_to(&self, _: &mut Extensions) {}

    pub(super) fn are_known(&self) -> bool {
        true
    }
}

pub(super) struct RevocationWatch;

impl RevocationWatch {
    pub(super) fn new(_: &CheckedRevocations) -> Self {
        Self
    }

    pub(super) fn check(&self, token: VerifiedToken) -> Result<VerifiedToken, VerifyTokenError> {
        Ok(token)
    }

    pub(super) fn rejection(&mut self, _: &VerifiedToken) -> Option<Rejection> {
        None
    }

    pub(super) fn poll_change(&mut self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}
