//! Events of the gate in front of an MCP server.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::{LazyLock, Mutex, PoisonError};

use tracing::{debug, info, warn};

use crate::registry::{AnonymousLists, OperationKind};

/// The first names are warnings: an operation that is served and not listed is a mistake of the
/// operator. Later ones are not, since clients can make up as many as they like.
pub(in crate::observe) fn undeclared(kind: OperationKind, name: &str) {
    const WARNED: usize = 64;
    const LONGEST: usize = 128;
    static SEEN: LazyLock<Mutex<HashSet<u64>>> = LazyLock::new(Mutex::default);
    static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    macro_rules! tell {
        ($level:ident) => {
            $level!(
                target: "scopes_core",
                {
                    mcp.kind = %kind,
                    mcp.name = name.chars().take(LONGEST).collect::<String>(),
                },
                "a client invokes an operation that is not in the registry, which is denied; if the server serves it, annotate it with `#[requires_scopes(..)]` or add it with `Registry::add`"
            )
        };
    }
    let is_new = {
        let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        seen.len() < WARNED && seen.insert(HASHER.hash_one((kind, name)))
    };
    if is_new {
        tell!(warn);
    } else {
        tell!(debug);
    }
}

pub(in crate::observe) fn session_not_sealed() {
    warn!(
        target: "scopes_core",
        "the MCP server's response is withheld: its session id is not 1 to 512 visible ASCII \
         characters, or the operating system had no random key for the gate"
    );
}

pub(in crate::observe) fn task_held_by_another() {
    warn!(
        target: "scopes_core",
        "the MCP server's response names a task of another principal; only that one can use it"
    );
}

pub(in crate::observe) fn gate_without_layer() {
    warn!(
        target: "scopes_core",
        "the MCP gate refuses requests that no `ProtectLayer` has authenticated: there is none around the \
         gate, or the path is a public one; `scopes_core::rmcp::protect` puts both in order"
    );
}

pub(in crate::observe) fn anonymous_access(lists: AnonymousLists) {
    match lists {
        AnonymousLists::Public => info!(
            target: "scopes_core",
            "callers without a token are admitted to public operations, and to lists of these"
        ),
        AnonymousLists::Whole => warn!(
            target: "scopes_core",
            "callers without a token are admitted to public operations, and to whole lists \
             (`anonymous = \"whole\"`)"
        ),
    }
}

pub(in crate::observe) fn anonymous_sessions_full() {
    warn!(
        target: "scopes_core",
        "as many sessions are open without a token as `max_anonymous_sessions` allows; until one ends, \
         opening another takes a token"
    );
}

#[cfg(feature = "rmcp")]
pub(in crate::observe) fn public_operations_take_token(public: impl FnOnce() -> Vec<String>) {
    let public = public();
    if !public.is_empty() {
        warn!(
            target: "scopes_core",
            { mcp.public = public.join(", ") },
            "public operations take a token over MCP: admit callers without one by \
             `#[scoped_handler(anonymous = \"public\")]`, which has no effect on a handler without \
             lists, or require `authenticated`"
        );
    }
}
