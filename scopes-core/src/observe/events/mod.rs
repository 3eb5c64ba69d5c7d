//! Events, and the fields about a caller.

#[cfg(feature = "api-keys")]
mod api_keys;
mod authorization_servers;
mod fields;
#[cfg(feature = "mcp")]
mod mcp;
#[cfg(feature = "tower")]
mod requests;
#[cfg(feature = "revocation")]
mod revocations;
#[cfg(feature = "store")]
mod store;

#[cfg(feature = "api-keys")]
pub(super) use self::api_keys::{api_key_ignored, api_keys_changed, api_keys_unreadable};
#[cfg(feature = "jwt")]
pub(super) use self::authorization_servers::key_passed_over;
#[cfg(any(feature = "introspection", feature = "jwt"))]
pub(super) use self::authorization_servers::start_waits;
#[cfg(feature = "introspection")]
pub(super) use self::authorization_servers::{
    calls_made_up_token_active, fails_about_token, limited, not_ready, paused,
};
pub(super) use self::authorization_servers::{fetched, plain_http};
#[cfg(feature = "rmcp")]
pub(super) use self::mcp::public_operations_take_token;
#[cfg(feature = "mcp")]
pub(super) use self::mcp::{
    anonymous_access, anonymous_sessions_full, gate_without_layer, session_not_sealed,
    task_held_by_another, undeclared,
};
#[cfg(feature = "tower")]
pub(super) use self::requests::{
    answered, metadata_not_mounted, not_allowed, protects, public_path_with_prefix, refused,
    request_lost_caller, stream_ended,
};
#[cfg(all(feature = "revocation", feature = "store"))]
pub(super) use self::revocations::revocations_removed;
#[cfg(feature = "revocation")]
pub(super) use self::revocations::{revocation, revocations_full};
#[cfg(feature = "store")]
pub(super) use self::store::{store_failed, store_paused, store_resumed};

use std::collections::{HashMap, HashSet};
use std::ptr;
use std::sync::{LazyLock, Mutex, PoisonError};

use tracing::field::Value;
use tracing::{Span, debug, info, warn};

use self::fields::missing_scope;
pub(super) use self::fields::subject_hash;
use super::outcome::Outcome;
use crate::caller::Caller;
use crate::error::AuthorizeError;
use crate::registry;
use crate::scope::Requirement;
use crate::token::{Rejection, VerifiedToken};

pub(super) fn guarded(
    requirement: &Requirement,
    caller: &Caller,
    refusal: Option<&AuthorizeError>,
) {
    decided(|| operation(requirement), caller, refusal);
}

/// `operation` is called only if the event is enabled.
pub(super) fn decided<N: Value>(
    operation: impl FnOnce() -> Option<N>,
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
                    auth.operation = operation(),
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

/// The first rejection for each reason is a warning: it may point to a wrong setting. Later ones are at
/// `INFO`, as every refusal, since clients can cause any number of these.
pub(super) fn rejected(rejection: &Rejection) {
    static COUNTS: LazyLock<Mutex<HashMap<&'static str, u64>>> = LazyLock::new(Mutex::default);
    let reason = rejection.label();
    Span::current().record("auth.reason", reason);
    let count = {
        let mut counts = COUNTS.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(reason).or_default();
        *count = count.saturating_add(1);
        *count
    };
    macro_rules! tell {
        ($level:ident) => {
            $level!(
                target: "scopes_core",
                { auth.reason = reason, auth.reason_count = count },
                "the token is rejected: {rejection}"
            )
        };
    }
    if count == 1 {
        tell!(warn);
    } else {
        tell!(info);
    }
}

/// The first refusal of each function is a warning: without a layer, clients can cause any number.
pub(super) fn guard_lost_caller(requirement: &Requirement) {
    static SEEN: LazyLock<Mutex<HashSet<usize>>> = LazyLock::new(Mutex::default);
    macro_rules! tell {
        ($level:ident) => {
            $level!(
                target: "scopes_core",
                {
                    auth.outcome = Outcome::MissingContext.as_str(),
                    auth.operation = operation(requirement),
                },
                "the guard has no caller: a spawned task or thread has none; run its future with \
                 `Caller::current().run(..)`, or name the caller with `from = ..`"
            )
        };
    }
    let is_new = {
        let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(ptr::from_ref(requirement).addr())
    };
    if is_new {
        tell!(warn);
    } else {
        tell!(info);
    }
}

/// At `DEBUG`: one caller can cause any number of these.
pub(super) fn granted_left_out(scopes: usize) {
    debug!(
        target: "scopes_core",
        { auth.scopes_left_out = scopes },
        "the challenge has no room for all granted scopes; a client that replaces its scopes by the \
         challenge's loses those that are left out"
    );
}

pub(super) fn passes_undeclared() {
    warn!(
        target: "scopes_core",
        "operations that the registry does not list are open to every valid token (`dangerously_pass_undeclared`)"
    );
}

/// Returns the operation with this requirement, compared by address: a guard has nothing else that
/// identifies it. If the linker drops the registration, the name is missing.
pub(super) fn operation(requirement: &Requirement) -> Option<&'static str> {
    static NAMES: LazyLock<HashMap<usize, &'static str>> = LazyLock::new(|| {
        let guards = registry::guards().iter();
        guards
            .map(|(requirement, name)| (ptr::from_ref(*requirement).addr(), *name))
            .collect()
    });
    NAMES.get(&ptr::from_ref(requirement).addr()).copied()
}
