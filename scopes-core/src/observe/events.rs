//! Events, and what they say of a caller.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::ptr;
use std::sync::LazyLock;

use tracing::field::{DisplayValue, display};
use tracing::{debug, info, warn};

use super::{Outcome, Purpose};
use crate::caller::Caller;
use crate::error::AuthorizeError;
use crate::fetch::FetchError;
use crate::registry::ProtectedOperation;
use crate::scope::{Requirement, ScopeSet};
use crate::token::VerifiedToken;

pub(super) fn guarded(
    requirement: &Requirement,
    caller: &Caller,
    refusal: Option<&AuthorizeError>,
) {
    let outcome = Outcome::of(refusal).as_str();
    let token = caller.token();
    macro_rules! tell {
        ($level:ident, $message:literal) => {
            $level!(
                target: "scopes_core",
                {
                    auth.outcome = outcome,
                    auth.operation = operation(requirement),
                    auth.missing_scope = missing_scope(refusal),
                    auth.client_id = token.and_then(VerifiedToken::client_id),
                    auth.subject_hash = token.and_then(subject_hash),
                },
                $message
            )
        };
    }
    if refusal.is_none() {
        tell!(debug, "the operation is allowed");
    } else {
        tell!(info, "the operation is refused");
    }
}

pub(super) fn fetched(purpose: Purpose, from: &str, error: Option<&FetchError>) {
    let purpose = purpose.as_str();
    match error {
        None => debug!(
            target: "scopes_core",
            { fetch.purpose = purpose, fetch.from = from },
            "the authorization server answered"
        ),
        Some(error) => warn!(
            target: "scopes_core",
            { fetch.purpose = purpose, fetch.from = from, fetch.error = %error },
            "the authorization server cannot be asked"
        ),
    }
}

#[cfg(feature = "tower")]
pub(super) fn refused(refusal: &AuthorizeError) {
    let outcome = Outcome::of(Some(refusal)).as_str();
    if matches!(refusal, AuthorizeError::Unavailable { .. }) {
        warn!(
            target: "scopes_core",
            { auth.outcome = outcome },
            "the token cannot be verified"
        );
    } else {
        info!(
            target: "scopes_core",
            { auth.outcome = outcome },
            "the request is refused"
        );
    }
}

/// At `INFO`, as every refusal: strangers can cause any number of these.
#[cfg(feature = "tower")]
pub(super) fn not_allowed(outcome: Outcome, named: &str) {
    if matches!(outcome, Outcome::HostNotAllowed) {
        info!(
            target: "scopes_core",
            {
                auth.outcome = outcome.as_str(),
                request.host = named,
                setting = "ProtectLayer::allow_host",
            },
            "the host is not allowed"
        );
    } else {
        info!(
            target: "scopes_core",
            {
                auth.outcome = outcome.as_str(),
                request.origin = named,
                setting = "ProtectLayer::allow_origin",
            },
            "the origin is not allowed"
        );
    }
}

#[cfg(feature = "tower")]
pub(super) fn answered(refusal: Option<&AuthorizeError>) {
    debug!(
        target: "scopes_core",
        {
            auth.outcome = Outcome::of(refusal).as_str(),
            auth.missing_scope = missing_scope(refusal),
        },
        "the request is answered"
    );
}

fn missing_scope(refusal: Option<&AuthorizeError>) -> Option<DisplayValue<&ScopeSet>> {
    match refusal {
        Some(AuthorizeError::InsufficientScope(refusal)) => Some(display(refusal.missing())),
        _ => None,
    }
}

/// Tells one subject from another, by a key that only this process has: whoever hashes all the
/// names there are finds nobody.
pub(super) fn subject_hash(token: &VerifiedToken) -> Option<DisplayValue<String>> {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    let subject = (&token.claims().issuer, token.subject()?);
    Some(display(format!("{:016x}", KEY.hash_one(subject))))
}

/// The operation whose requirement this very one is. The guard knows no more of itself; a linker
/// that drops a registration costs the name.
fn operation(requirement: &Requirement) -> Option<&'static str> {
    static NAMES: LazyLock<HashMap<usize, &'static str>> = LazyLock::new(|| {
        let operations = inventory::iter::<ProtectedOperation>();
        operations
            .map(|operation| (ptr::from_ref(operation.requirement).addr(), operation.name))
            .collect()
    });
    NAMES.get(&ptr::from_ref(requirement).addr()).copied()
}
