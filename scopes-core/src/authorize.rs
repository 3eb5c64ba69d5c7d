//! The one decision.

use crate::caller::{self, Caller};
use crate::error::{AuthorizeError, InsufficientScope};
use crate::observe;
use crate::scope::{Arguments, Requirement};
use crate::token::VerifiedToken;

/// Decides whether `caller` satisfies `requirement`. Every guard and every gate calls this
/// function.
///
/// Allocates nothing if the caller is allowed.
///
/// # Errors
///
/// [`AuthorizeError::MissingToken`] for a caller without a token, unless the requirement is
/// public; [`AuthorizeError::InsufficientScope`] where the token does not grant enough.
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use scopes_core::{AuthorizeError, Caller, Requirement, ScopeName, authorize, testing};
///
/// let requirement = Requirement::one(ScopeName::from_static("photos:read"));
/// let ada = testing::caller("ada", "photos:read")?;
/// assert_eq!(authorize(&requirement, &ada), Ok(()));
/// let refusal = authorize(&requirement, &Caller::anonymous());
/// assert_eq!(refusal, Err(AuthorizeError::MissingToken));
/// # }
/// # Ok::<(), scopes_core::ParseScopeError>(())
/// ```
#[expect(
    clippy::inline_always,
    reason = "as a call, which returns through memory, it takes twice as long"
)]
#[inline(always)]
pub fn authorize(requirement: &Requirement, caller: &Caller) -> Result<(), AuthorizeError> {
    match caller.token() {
        Some(token) if requirement.is_satisfied_by(token.scopes()) => Ok(()),
        token => without_enough(requirement, Arguments::NONE, token),
    }
}

/// Decides whether `caller` satisfies `requirement` with these arguments.
///
/// # Errors
///
/// Those of [`authorize`], with the scopes that this call requires, and
/// [`AuthorizeError::InvalidArgument`] if an argument that the requirement names has no value that
/// is allowed in a scope.
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use scopes_core::{
///     ArgumentValue, Arguments, Requirement, ScopeCatalog, authorize_with, testing,
/// };
///
/// #[derive(ScopeCatalog)]
/// enum Scope {
///     #[scope("projects:{project}:write")]
///     ProjectWrite,
/// }
///
/// let requirement = Requirement::one(Scope::ProjectWrite);
/// let ada = testing::caller("ada", "projects:42:write")?;
/// let write = |project: u32| {
///     let values = [("project", ArgumentValue::of(&project))];
///     authorize_with(&requirement, Arguments::from(&values), &ada)
/// };
/// assert_eq!(write(42), Ok(()));
/// assert!(write(43).is_err());
/// # }
/// # Ok::<(), scopes_core::ParseScopeError>(())
/// ```
#[inline]
pub fn authorize_with(
    requirement: &Requirement,
    arguments: Arguments<'_>,
    caller: &Caller,
) -> Result<(), AuthorizeError> {
    match caller.token() {
        Some(token) if requirement.accepts(token.scopes(), arguments) => Ok(()),
        token => without_enough(requirement, arguments, token),
    }
}

/// The decision of a guard on the current caller.
#[inline]
pub(crate) fn guard_current(
    requirement: &Requirement,
    arguments: Arguments<'_>,
) -> Result<(), AuthorizeError> {
    let decision = caller::with_current(|caller| decide(requirement, arguments, caller));
    note(requirement, None, &decision);
    decision
}

/// The decision of a guard on the caller that `from = ..` names.
#[inline]
pub(crate) fn guard(
    requirement: &Requirement,
    caller: &Caller,
    arguments: Arguments<'_>,
) -> Result<(), AuthorizeError> {
    let decision = decide(requirement, arguments, caller);
    note(requirement, Some(caller), &decision);
    decision
}

#[inline]
fn decide(
    requirement: &Requirement,
    arguments: Arguments<'_>,
    caller: &Caller,
) -> Result<(), AuthorizeError> {
    let decision = authorize_with(requirement, arguments, caller);
    observe::guarded(requirement, caller, decision.as_ref().err());
    decision
}

#[inline]
fn note(requirement: &Requirement, caller: Option<&Caller>, decision: &Result<(), AuthorizeError>) {
    match decision {
        Ok(()) => caller::note_allowed(),
        Err(refusal) => refused(requirement, caller, refusal),
    }
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
    arguments: Arguments<'_>,
    token: Option<&VerifiedToken>,
) -> Result<(), AuthorizeError> {
    let token = match token {
        None if requirement.is_public() => return Ok(()),
        None => return Err(AuthorizeError::MissingToken),
        Some(token) => token,
    };
    if requirement.takes_arguments() {
        let resolved = requirement.resolve(arguments)?;
        return Err(InsufficientScope::new(&resolved, token).into());
    }
    Err(InsufficientScope::new(requirement, token).into())
}
