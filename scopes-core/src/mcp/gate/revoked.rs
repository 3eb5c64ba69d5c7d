//! Tokens that are revoked while a request's body arrives.

use http::request;

use super::denial::Denial;
use crate::caller::Caller;
use crate::error::AuthorizeError;
use crate::observe;
use crate::revocation::Revocations;
use crate::token::VerifyTokenError;

/// Checks the caller's token again. The body may have taken as long as `body_timeout`, so that a request which
/// began before a revocation would be answered long after it.
pub(super) fn check(parts: &request::Parts, caller: &Caller) -> Result<(), Denial> {
    let revocations = parts.extensions.get::<Revocations>();
    let (Some(revocations), Some(token)) = (revocations, caller.token()) else {
        return Ok(());
    };
    revocations.check(token).map_err(|error| {
        if let VerifyTokenError::Invalid(rejection) = &error {
            observe::rejected(rejection);
        }
        Denial::refused(AuthorizeError::from(error))
    })
}
