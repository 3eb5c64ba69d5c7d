//! Callers for tests and examples, with scopes that nobody had to verify.
//!
//! Enable the `testing` feature in `dev-dependencies` only: with it, any code in the program can
//! make a token.

use crate::caller::Caller;
use crate::scope::{GrantedScopes, ParseScopeError};
use crate::token::{Claims, VerifiedToken};

/// A caller whose token is about `subject` and grants `scopes`, a space-separated list.
///
/// # Errors
///
/// If `scopes` is not such a list.
///
/// ```
/// let caller = scopes_core::testing::caller("ada", "photos:read albums:read")?;
/// assert!(caller.token().is_some());
/// # Ok::<(), scopes_core::ParseScopeError>(())
/// ```
pub fn caller(subject: &str, scopes: &str) -> Result<Caller, ParseScopeError> {
    let claims = Claims {
        subject: Some(subject.to_owned()),
        scopes: GrantedScopes::parse(scopes)?,
        ..Claims::default()
    };
    Ok(Caller::from(verified(claims)))
}

/// A token that says `claims`.
#[must_use]
pub fn verified(claims: Claims) -> VerifiedToken {
    VerifiedToken::new(claims)
}
