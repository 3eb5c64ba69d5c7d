//! Fields that several events have.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use tracing::field::{DisplayValue, display};

use crate::error::AuthorizeError;
use crate::scope::ScopeSet;
use crate::token::VerifiedToken;

pub(super) fn missing_scope(refusal: Option<&AuthorizeError>) -> Option<DisplayValue<ScopeSet>> {
    match refusal {
        Some(AuthorizeError::InsufficientScope(refusal)) => {
            Some(display(refusal.missing_as_declared()))
        }
        _ => None,
    }
}

/// Returns a keyed hash that distinguishes subjects. Only this process has the key, so hashing
/// known names finds no subject.
pub(in crate::observe) fn subject_hash(token: &VerifiedToken) -> Option<DisplayValue<String>> {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    let subject = (&token.claims().issuer, token.subject()?);
    Some(display(format!("{:016x}", KEY.hash_one(subject))))
}
