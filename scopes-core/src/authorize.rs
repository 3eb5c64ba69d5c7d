//! The one decision.

use crate::caller::{self, Caller};
use crate::error::{AuthorizeError, InsufficientScope};
use crate::observe;
use crate::scope::Requirement;
use crate::token::VerifiedToken;

/// Decides whether `caller` may do what needs `requirement`. Every guard and every gate asks here.
///
/// Allocates nothing when the answer is yes.
///
/// # Errors
///
/// [`AuthorizeError::MissingToken`] for a caller without a token, unless the requirement is
/// public; [`AuthorizeError::InsufficientScope`] where the token does not grant enough.
#[inline]
pub fn authorize(requirement: &Requirement, caller: &Caller) -> Result<(), AuthorizeError> {
    match caller.token() {
        Some(token) if requirement.is_satisfied_by(token.scopes()) => Ok(()),
        token => without_enough(requirement, token),
    }
}

/// The decision of a guard on the current caller.
#[inline]
pub(crate) fn guard_current(requirement: &Requirement) -> Result<(), AuthorizeError> {
    let decision = caller::with_current(|caller| decide(requirement, caller));
    decision.inspect_err(|refusal| refused(requirement, None, refusal))
}

/// The decision of a guard on the caller that it names.
#[inline]
pub(crate) fn guard(requirement: &Requirement, caller: &Caller) -> Result<(), AuthorizeError> {
    let decision = decide(requirement, caller);
    decision.inspect_err(|refusal| refused(requirement, Some(caller), refusal))
}

#[inline]
fn decide(requirement: &Requirement, caller: &Caller) -> Result<(), AuthorizeError> {
    let decision = authorize(requirement, caller);
    observe::guarded(requirement, caller, decision.as_ref().err());
    decision
}

#[cold]
fn refused(requirement: &Requirement, caller: Option<&Caller>, refusal: &AuthorizeError) {
    let is_lost = caller::note_refusal(caller, refusal);
    if is_lost {
        observe::lost_caller(requirement);
    }
}

#[cold]
fn without_enough(
    requirement: &Requirement,
    token: Option<&VerifiedToken>,
) -> Result<(), AuthorizeError> {
    match token {
        None if requirement.is_public() => Ok(()),
        None => Err(AuthorizeError::MissingToken),
        Some(token) => Err(InsufficientScope::new(requirement, token).into()),
    }
}
