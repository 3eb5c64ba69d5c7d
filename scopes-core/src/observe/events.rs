//! Events, and the fields about a caller.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::ptr;
use std::sync::{LazyLock, Mutex, PoisonError};

#[cfg(feature = "jwt")]
use tracing::error;
use tracing::field::{DisplayValue, Value, display};
use tracing::{Span, debug, info, warn};

#[cfg(feature = "introspection")]
use super::outcome::Limit;
use super::outcome::{Outcome, Purpose};
use crate::caller::Caller;
use crate::error::AuthorizeError;
use crate::fetch::FetchError;
#[cfg(feature = "jwt")]
use crate::jwt::PassedOver;
use crate::registry;
#[cfg(feature = "rmcp")]
use crate::registry::AnonymousLists;
#[cfg(feature = "mcp")]
use crate::registry::OperationKind;
use crate::scope::{Requirement, ScopeSet};
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

#[cfg(feature = "tower")]
pub(super) fn request_lost_caller() {
    warn!(
        target: "scopes_core",
        { auth.outcome = Outcome::MissingContext.as_str() },
        "the request has a valid token, and is refused for want of one: the caller got lost within \
         the service, such as in a spawned task; the warning of the guard names the function"
    );
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

#[cfg(feature = "rmcp")]
pub(super) fn anonymous_access(
    lists: Option<AnonymousLists>,
    public: impl FnOnce() -> Vec<String>,
) {
    match lists {
        Some(AnonymousLists::Public) => info!(
            target: "scopes_core",
            "callers without a token are admitted to public operations, and to lists of these"
        ),
        Some(AnonymousLists::Whole) => warn!(
            target: "scopes_core",
            "callers without a token are admitted to public operations, and to whole lists \
             (`anonymous = \"whole\"`)"
        ),
        None => {
            let public = public();
            if !public.is_empty() {
                warn!(
                    target: "scopes_core",
                    { mcp.public = public.join(", ") },
                    "public operations take a token over MCP: admit callers without one by \
                     `#[scoped_handler(anonymous = \"public\")]`, or require `authenticated`"
                );
            }
        }
    }
}

pub(super) fn passes_undeclared() {
    warn!(
        target: "scopes_core",
        "operations that the registry does not list are open to every valid token (`dangerously_pass_undeclared`)"
    );
}

/// The first names are warnings: an operation that is served and not listed is a mistake of the
/// operator. Later ones are not, since clients can make up as many as they like.
#[cfg(feature = "mcp")]
pub(super) fn undeclared(kind: OperationKind, name: &str) {
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
                "the operation is not in the registry and is denied; annotate it with `#[requires_scopes(..)]` or add it with `Registry::add`"
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

#[cfg(any(feature = "introspection", feature = "jwt"))]
pub(super) fn start_waits(from: &str, at_most: std::time::Duration) {
    warn!(
        target: "scopes_core",
        { fetch.from = from, start.seconds = at_most.as_secs() },
        "the start waits for the first answer of the authorization server: some servers make their keys \
         only then"
    );
}

#[cfg(feature = "introspection")]
pub(super) fn calls_made_up_token_active(from: &str) {
    warn!(
        target: "scopes_core",
        { fetch.from = from },
        "the authorization server calls a made-up token active: only the audience and the times in its \
         answers are left to reject tokens"
    );
}

#[cfg(feature = "introspection")]
pub(super) fn not_ready(problem: &impl std::fmt::Display) {
    warn!(target: "scopes_core", "the server is not ready and asks again: {problem}");
}

pub(super) fn plain_http(host: &str) {
    warn!(
        target: "scopes_core",
        { http.host = host, setting = "insecure_allow_http" },
        "requests to this host may go by plain http: everyone on the network between can read and replace keys and tokens"
    );
}

#[cfg(feature = "jwt")]
pub(super) fn key_passed_over(issuer: &str, key: &PassedOver) {
    macro_rules! tell {
        ($level:ident) => {
            $level!(
                target: "scopes_core",
                {
                    key.issuer = issuer,
                    key.kid = key.kid.as_deref(),
                    key.kty = key.kty.as_deref(),
                    key.alg = key.alg.as_deref(),
                    key.problem = %key.problem,
                },
                "a key of the issuer is not used"
            )
        };
    }
    if key.problem.is_published_private_key() {
        tell!(error);
    } else if key.problem.is_for_another_purpose() {
        tell!(info);
    } else {
        tell!(warn);
    }
}

/// At `DEBUG`: clients can cause any number of these, and the layer logs each request.
#[cfg(feature = "introspection")]
pub(super) fn limited(limit: Limit) {
    let limit = match limit {
        Limit::Questions => "questions",
        Limit::Pause => "pause",
    };
    debug!(
        target: "scopes_core",
        { introspection.limit = limit },
        "the authorization server is not asked about the token"
    );
}

#[cfg(feature = "introspection")]
pub(super) fn paused(pause: std::time::Duration) {
    warn!(
        target: "scopes_core",
        { introspection.pause_seconds = pause.as_secs() },
        "the authorization server limits introspection; new tokens are answered with 503 until it \
         may be asked again"
    );
}

#[cfg(feature = "introspection")]
pub(super) fn fails_about_token() {
    warn!(
        target: "scopes_core",
        "the authorization server fails about one token and answers about others; the token is \
         rejected"
    );
}

#[cfg(feature = "mcp")]
pub(super) fn session_not_sealed() {
    warn!(
        target: "scopes_core",
        "the MCP server's response is withheld: its session id is not 1 to 512 visible ASCII \
         characters, or the operating system had no random key for the gate"
    );
}

#[cfg(feature = "mcp")]
pub(super) fn task_held_by_another() {
    warn!(
        target: "scopes_core",
        "the MCP server's response names a task of another principal; only that one can use it"
    );
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

#[cfg(feature = "tower")]
pub(super) fn stream_ended(token: &VerifiedToken, refusal: &AuthorizeError) {
    info!(
        target: "scopes_core",
        {
            auth.outcome = Outcome::of(Some(refusal)).as_str(),
            auth.client_id = token.client_id(),
            auth.subject_hash = subject_hash(token),
        },
        "a response stream ends with its token"
    );
}

#[cfg(feature = "tower")]
pub(super) fn protects(resource: &str, metadata_path: &str, metadata_url: &str) {
    info!(
        target: "scopes_core",
        {
            resource.url = resource,
            resource.metadata_path = metadata_path,
            resource.metadata_url = metadata_url,
        },
        "protects a resource; a reverse proxy has to forward its path and the path of the metadata"
    );
}

#[cfg(feature = "tower")]
pub(super) fn challenges_baseline(resource: &str, baseline: &ScopeSet) {
    info!(
        target: "scopes_core",
        { resource.url = resource, resource.baseline = %baseline },
        "clients that register themselves register for the baseline, which a 401 names; an authorization \
         server that holds them to it never grants them another scope: for Keycloak, Ory Hydra or \
         `oidc-provider`, set `ResourceServerBuilder::challenge_baseline` to `false`"
    );
}

#[cfg(feature = "tower")]
pub(super) fn metadata_not_mounted(resource: &str, metadata_path: &str, copy: &str) {
    warn!(
        target: "scopes_core",
        {
            resource.url = resource,
            resource.metadata_path = metadata_path,
            resource.metadata_url = copy,
        },
        "no metadata service is mounted, so challenges name a copy of the metadata at the URL of the \
         resource; mount `ProtectLayer::metadata` at the root of the host, for clients that look at the \
         well-known path only"
    );
}

#[cfg(feature = "tower")]
pub(super) fn public_path_with_prefix(written: &str, refused: &str) {
    warn!(
        target: "scopes_core",
        { public_path = written, request.path = refused },
        "the public path is not the path that the layer sees; in a nested router or behind a proxy that \
         takes a prefix off, configure `public_path` without the prefix"
    );
}

#[cfg(feature = "mcp")]
pub(super) fn gate_without_layer() {
    warn!(
        target: "scopes_core",
        "the MCP gate refuses requests that no `ProtectLayer` has authenticated: there is none around the \
         gate, or the path is a public one; `scopes_core::rmcp::protect` puts both in order"
    );
}

/// At `INFO`, as every refusal: anyone can cause any number of these.
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

fn missing_scope(refusal: Option<&AuthorizeError>) -> Option<DisplayValue<ScopeSet>> {
    match refusal {
        Some(AuthorizeError::InsufficientScope(refusal)) => {
            Some(display(refusal.missing_as_declared()))
        }
        _ => None,
    }
}

/// Returns a keyed hash that distinguishes subjects. Only this process has the key, so hashing
/// known names finds no subject.
pub(super) fn subject_hash(token: &VerifiedToken) -> Option<DisplayValue<String>> {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    let subject = (&token.claims().issuer, token.subject()?);
    Some(display(format!("{:016x}", KEY.hash_one(subject))))
}

/// Returns the operation with this requirement, compared by address: a guard has nothing else that
/// identifies it. If the linker drops the registration, the name is missing.
fn operation(requirement: &Requirement) -> Option<&'static str> {
    static NAMES: LazyLock<HashMap<usize, &'static str>> = LazyLock::new(|| {
        let guards = registry::guards().iter();
        guards
            .map(|(requirement, name)| (ptr::from_ref(*requirement).addr(), *name))
            .collect()
    });
    NAMES.get(&ptr::from_ref(requirement).addr()).copied()
}
