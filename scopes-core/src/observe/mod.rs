//! Emits logs and metrics for operators: all events, spans and counters of the crate.
//!
//! They contain no token, no secret and no personal data. Without the features, nothing is emitted.
//! With them and without a subscriber or recorder, the cost is the check of a flag.
//!
//! ```
//! # use scopes_core::{AuthorizeError, ScopeCatalog, requires_scopes};
//! # #[derive(ScopeCatalog)]
//! # pub enum Scope {
//! #     #[scope("photos:read")]
//! #     PhotosRead,
//! # }
//! #[requires_scopes("photos:read", catalog = Scope)]
//! fn count_photos() -> Result<u32, AuthorizeError> {
//!     Ok(42)
//! }
//!
//! tracing_subscriber::fmt().init();
//! // Logs the refusal, with `auth.outcome` and `auth.operation`.
//! assert_eq!(count_photos(), Err(AuthorizeError::MissingToken));
//! ```
//!
//! # Events and spans (feature `tracing`)
//!
//! All have the target `scopes_core`, but for those of the audit trail. Every request that goes through the layer runs in the span
//! `protected_request`, and so does what the service logs. Allowed requests are logged at `DEBUG`,
//! refusals at `INFO`, and at `WARN` failures to reach an authorization server, the first token that is
//! rejected for each reason, and guards and requests whose caller got lost. The gate in front of an MCP server
//! warns, without fields, of a response that it withholds because the session id cannot be sealed, of one
//! that names a task of another principal, and once of requests that no `ProtectLayer` has authenticated.
//! A `ProtectLayer` logs at `INFO`, when it is made, which paths a reverse proxy has to forward, and whether a
//! 401 names a baseline.
//! `rmcp::protect` logs at `INFO` that callers without a token are admitted, and at `WARN` that they are
//! shown whole lists, and that a public operation takes a token because they are not admitted.
//!
//! | field | on | meaning |
//! |---|---|---|
//! | `auth.outcome` | span, events of the layer and of guards | `allowed`, `missing_token`, `invalid_request`, `invalid_token`, `insufficient_scope`, `invalid_argument`, `unavailable`, `origin_not_allowed`, `host_not_allowed` or `missing_context`: a valid token came in, and the guard has no caller |
//! | `auth.reason` | span, events of rejected tokens, at `WARN` for the first of each reason, then at `INFO` | the [label](crate::token::Rejection::label) of the reason, such as `wrong_audience`; the message says what is wrong with the token and what to do |
//! | `auth.reason_count` | events of rejected tokens | how many tokens have been rejected for this reason since the program started |
//! | `auth.missing_scope` | events that refuse for want of scope | the scopes to ask for that the token lacks, separated by spaces |
//! | `auth.scopes_left_out` | challenges, at `DEBUG` | how many granted scopes the challenge has no room to repeat |
//! | `auth.client_id` | span, events of guards | the client that the token was issued to |
//! | `auth.subject_hash` | span, events of guards | the same for the same person until the program ends, and of no use to who does not know its key |
//! | `auth.operation` | events of guards and of the gate | the operation, as the registry names it |
//! | `mcp.kind`, `mcp.name` | denials of operations that the registry does not list, at `WARN` for each of the first 64 names, then at `DEBUG` | what the client asked for; the name is cut after 128 characters |
//! | `request.origin` | events of requests from an origin that is not allowed | the `Origin`, escaped and at most 200 bytes of it |
//! | `request.host` | events of requests to a host that is not allowed | `:authority` and `Host`, in the same way |
//! | `setting` | the same two | the setting that allows it |
//! | `resource.url`, `resource.metadata_path`, `resource.metadata_url` | a layer that is made, at `INFO`; metadata that nothing serves at that path, at `WARN`, once for each layer | the resource, the path at which its host serves the metadata, and the URL of the metadata in challenges |
//! | `resource.baseline` | a layer that is made with a baseline in its 401, at `INFO` | the scopes of the baseline, separated by spaces |
//! | `public_path`, `request.path` | a request that is refused, although the configured path ends with its path, at `WARN`, once for each layer | the setting, which has the prefix of a nested router, and the path that the layer sees |
//! | `mcp.public` | a server made by `rmcp::protect` whose public operations take a token | their kinds and names |
//! | `start.seconds` | warnings of a start that waits for the first answer of an authorization server | how long it waits at most |
//! | `fetch.purpose` | events of requests to an authorization server | `metadata`, `keys` or `introspection` |
//! | `fetch.from` | the same | who was asked: an issuer, or an endpoint |
//! | `fetch.error` | the same, of those that failed | what went wrong |
//! | `http.host` | warnings when a server or verifier is built | a host that `insecure_allow_http` names |
//! | `key.issuer`, `key.kid`, `key.kty`, `key.alg`, `key.problem` | keys that are passed over, when a set is first read and when it changes: at `DEBUG` keys for another purpose than signatures, at `ERROR` published private keys and their public keys, else at `WARN` | the issuer, the members of the key as they are published and cut after 128 characters, and the reason |
//! | `api_keys.list` | lists of API keys: at `INFO` when one has changed, at `WARN` an entry that is invalid and a list that cannot be read | the file or variable, for an entry with its line |
//! | `api_keys.entries` | lists that have changed | the number of valid entries |
//! | `api_keys.problem` | the warnings | what is wrong |
//! | `revocation.outcome` | uses of `Revocations` and of their endpoint, at `INFO`; wrong credentials at `WARN`, at most every 10 seconds | `revoked`; `interrupted` and `store_unavailable`, in force on this instance, which writes it later; or why nothing was: `in_future`, `invalid_request`, `unsupported_token_type`, `not_enabled` or `wrong_credential` |
//! | `revocation.kind`, `revocation.issuer` | the same | the kind: `token`, `session`, `subject`, `client` or `issued_before`; the issuer, of all kinds but the first |
//! | `revocation.count` | wrong credentials | how many there were since the last warning |
//! | `revocation.max` | more revocations than there is room for, at `ERROR` | `max_revocations` |
//! | `introspection.limit` | tokens that the authorization server is not asked about, at `DEBUG` | `questions`: too many are in flight (`max_questions`); `pause`: the server said when to come back |
//! | `store.purpose`, `store.error` | calls of the store that failed, at `WARN` | what the entry is for (as the label `purpose` below), and the reason |
//! | `introspection.pause_seconds` | answers of the authorization server that say when to come back, at `WARN` | how long it is not asked |
//!
//! # Counters (feature `metrics`)
//!
//! | name | label | counts |
//! |---|---|---|
//! | `scopes_requests_total` | `outcome`, as above | requests through the layer, by what became of them |
//! | `scopes_streams_ended_total` | `outcome`: `invalid_token` or `unavailable` | response streams that ended before their service ended them |
//! | `scopes_decisions_total` | `outcome` | decisions of guards |
//! | `scopes_verifications_total` | `result`: `valid`, `invalid`, `unavailable` | tokens that were verified, remembered answers included |
//! | `scopes_rejections_total` | `reason`: as `auth.reason` | tokens that were rejected, remembered answers included |
//! | `scopes_cache_lookups_total` | `result`: `hit`, `joined`, `miss` | tokens that a cache was asked about; those that `joined` wait for an answer that another asked for |
//! | `scopes_fetches_total` | `purpose`, as above; `result`: `ok`, `failed` | requests to authorization servers, discovery in all its places as one |
//! | `scopes_revocations_total` | `outcome`, as `revocation.outcome` | uses of `Revocations` and of their endpoint |
//! | `scopes_store_calls_total` | `purpose`: `session`, `event`, `task`, `introspection`, `revocation`; `result`: `ok`, `hit`, `miss`, `invalid` (found, but not authentic or expired), `failed`, `timed_out`, `paused` (not called after failures) | uses of the store |
//! | `scopes_introspection_limited_total` | `limit`, as above | tokens that the authorization server was not asked about |

#![cfg_attr(
    not(all(
        feature = "tracing",
        feature = "metrics",
        feature = "cache",
        feature = "mcp",
        any(feature = "introspection", feature = "jwt")
    )),
    allow(
        unused_variables,
        dead_code,
        clippy::unused_self,
        reason = "without these features there is nothing to emit, or nowhere to emit it"
    )
)]

#[cfg(feature = "tower")]
mod audit;
#[cfg(feature = "metrics")]
mod counters;
#[cfg(feature = "tracing")]
mod events;
mod outcome;
#[cfg(feature = "tower")]
mod request;

#[cfg(feature = "audit")]
pub use audit::Audit;
#[cfg(feature = "tower")]
pub(crate) use audit::{AuditSettings, AuditedRequest};
#[cfg(feature = "introspection")]
pub(crate) use outcome::Limit;
#[cfg(any(feature = "metrics", feature = "tower"))]
pub(crate) use outcome::Outcome;
#[cfg(feature = "store")]
pub(crate) use outcome::StoreResult;
pub(crate) use outcome::{Lookup, Purpose};
#[cfg(feature = "tower")]
pub(crate) use request::ObservedRequest;

#[cfg(any(feature = "introspection", feature = "jwt"))]
use std::time::Duration;

use crate::caller::Caller;
use crate::error::AuthorizeError;
use crate::fetch::FetchError;
#[cfg(feature = "jwt")]
use crate::jwt::PassedOver;
#[cfg(feature = "mcp")]
use crate::registry::{AnonymousLists, OperationKind};
use crate::request_url::PlainHttp;
use crate::scope::Requirement;
#[cfg(feature = "tower")]
use crate::scope::ScopeSet;
use crate::token::{Rejection, VerifiedToken, VerifyTokenError};

/// A guard has decided.
#[inline]
pub(crate) fn guarded(
    requirement: &Requirement,
    caller: &Caller,
    refusal: Option<&AuthorizeError>,
) {
    #[cfg(feature = "metrics")]
    counters::decision(Outcome::of(refusal));
    #[cfg(feature = "tracing")]
    events::guarded(requirement, caller, refusal);
    #[cfg(feature = "audit")]
    AuditedRequest::with_current(|request| {
        let name = || events::operation(requirement).map(str::to_owned);
        match refusal {
            Some(refusal) => denied_operation(request, name(), caller, refusal),
            None => request.allowed_operation(name, || std::iter::once(requirement)),
        }
    });
}

/// An operation is denied, in a request with a token: without one, the layer asks for it.
#[cfg(feature = "audit")]
fn denied_operation(
    request: &audit::Request,
    name: Option<String>,
    caller: &Caller,
    refusal: &AuthorizeError,
) {
    if *refusal != AuthorizeError::MissingToken {
        let outcome = Outcome::of(Some(refusal)).as_str();
        request.denied_operation(outcome, name, caller.token(), Some(refusal));
    }
}

/// A caller is allowed what a message invokes. `operation` returns its name, if it has one.
#[cfg(feature = "mcp")]
#[inline]
pub(crate) fn allowed<'r, R: Iterator<Item = &'r Requirement>>(
    operation: impl FnOnce() -> Option<String>,
    requirements: impl FnOnce() -> R,
) {
    #[cfg(feature = "audit")]
    AuditedRequest::with_current(|request| request.allowed_operation(operation, requirements));
}

/// A request invokes no operation, such as one that opens a session.
#[cfg(feature = "mcp")]
#[inline]
pub(crate) fn without_operation() {
    #[cfg(feature = "audit")]
    AuditedRequest::with_current(audit::Request::without_operation);
}

/// A caller is denied what a message invokes. `operation` returns its name, if it has one.
#[cfg(feature = "mcp")]
pub(crate) fn denied(
    operation: impl Fn() -> Option<String>,
    caller: &Caller,
    refusal: &AuthorizeError,
) {
    #[cfg(feature = "metrics")]
    counters::decision(Outcome::of(Some(refusal)));
    #[cfg(feature = "tracing")]
    events::decided(&operation, caller, Some(refusal));
    #[cfg(feature = "audit")]
    AuditedRequest::with_current(|request| {
        denied_operation(request, operation(), caller, refusal);
    });
}

/// A challenge repeats only some of the scopes that the caller has been granted.
pub(crate) fn granted_left_out(scopes: usize) {
    #[cfg(feature = "tracing")]
    events::granted_left_out(scopes);
}

/// A guard has refused because no one has told it who is calling.
pub(crate) fn lost_caller(requirement: &Requirement) {
    #[cfg(feature = "tracing")]
    events::guard_lost_caller(requirement);
}

/// A registry passes what it does not list.
pub(crate) fn passes_undeclared() {
    #[cfg(feature = "tracing")]
    events::passes_undeclared();
}

/// A client asked for an operation that the registry does not list.
#[cfg(feature = "mcp")]
pub(crate) fn undeclared(kind: OperationKind, name: &str, caller: &Caller) {
    #[cfg(feature = "tracing")]
    events::undeclared(kind, name);
    #[cfg(feature = "audit")]
    AuditedRequest::with_current(|request| {
        // The name is the client's.
        request.denied_operation("undeclared", None, caller.token(), None);
    });
}

/// A caller names a session or a task that does not exist, or that is another principal's.
#[cfg(feature = "mcp")]
pub(crate) fn not_of_caller(outcome: &'static str, caller: &Caller) {
    #[cfg(feature = "audit")]
    AuditedRequest::with_current(|request| {
        request.denied_operation(outcome, None, caller.token(), None);
    });
}

/// A response stream ends because its token is no longer valid, or cannot be verified.
#[cfg(feature = "tower")]
pub(crate) fn stream_ended(
    request: &AuditedRequest,
    token: &VerifiedToken,
    refusal: &AuthorizeError,
) {
    #[cfg(feature = "audit")]
    if let Some(request) = request.request() {
        request.stream_ended(token, refusal);
    }
    #[cfg(feature = "metrics")]
    counters::stream_ended(Outcome::of(Some(refusal)));
    #[cfg(feature = "tracing")]
    events::stream_ended(token, refusal);
}

/// A verifier has been asked.
#[inline]
pub(crate) fn verified(answer: &Result<VerifiedToken, VerifyTokenError>) {
    #[cfg(feature = "metrics")]
    counters::verification(answer);
    if let Err(VerifyTokenError::Invalid(rejection)) = answer {
        rejected(rejection);
    }
}

/// A token is rejected.
pub(crate) fn rejected(rejection: &Rejection) {
    #[cfg(feature = "metrics")]
    counters::rejected(rejection);
    #[cfg(feature = "tracing")]
    events::rejected(rejection);
    #[cfg(feature = "audit")]
    AuditedRequest::with_current(|request| request.rejected(rejection.label()));
}

/// A cache has been asked.
#[inline]
pub(crate) fn looked_up(found: Lookup) {
    #[cfg(feature = "metrics")]
    counters::lookup(found);
}

/// An authorization server has been asked, and answered unless there is an `error`.
#[inline]
pub(crate) fn fetched(purpose: Purpose, from: &str, error: Option<&FetchError>) {
    #[cfg(feature = "metrics")]
    counters::fetch(purpose, error.is_none());
    #[cfg(feature = "tracing")]
    events::fetched(purpose, from, error);
}

/// A layer protects a resource, which has its metadata at this path and names it by this URL. Its 401 names
/// the scopes of `baseline`.
#[cfg(feature = "tower")]
pub(crate) fn protects(
    resource: &str,
    metadata_path: &str,
    metadata_url: &str,
    baseline: &ScopeSet,
) {
    #[cfg(feature = "tracing")]
    events::protects(resource, metadata_path, metadata_url, baseline);
}

/// Challenges name a copy of the metadata, because nothing serves it at the well-known path.
#[cfg(feature = "tower")]
pub(crate) fn metadata_not_mounted(resource: &str, metadata_path: &str, copy: &str) {
    #[cfg(feature = "tracing")]
    events::metadata_not_mounted(resource, metadata_path, copy);
}

/// A public path does not match a request, because it begins with the prefix of a nested router.
#[cfg(feature = "tower")]
pub(crate) fn public_path_with_prefix(written: &str, refused: &str) {
    #[cfg(feature = "tracing")]
    events::public_path_with_prefix(written, refused);
}

/// A gate admits callers without a token, and shows them these lists.
#[cfg(feature = "mcp")]
pub(crate) fn anonymous_access(lists: AnonymousLists) {
    #[cfg(feature = "tracing")]
    events::anonymous_access(lists);
}

/// A caller without a token cannot open a session: there are as many as may be.
#[cfg(feature = "mcp")]
pub(crate) fn anonymous_sessions_full() {
    #[cfg(feature = "tracing")]
    events::anonymous_sessions_full();
}

/// A server with public operations takes a token for every request.
#[cfg(feature = "rmcp")]
pub(crate) fn public_operations_take_token(public: impl FnOnce() -> Vec<String>) {
    #[cfg(feature = "tracing")]
    events::public_operations_take_token(public);
}

/// A gate got a request that no layer has authenticated.
#[cfg(feature = "mcp")]
pub(crate) fn gate_without_layer() {
    #[cfg(feature = "tracing")]
    events::gate_without_layer();
}

/// An authorization server has been asked at the start, which returns the `error`: it is not logged too.
#[cfg(any(feature = "introspection", feature = "jwt"))]
pub(crate) fn fetched_at_start(purpose: Purpose, from: &str, error: Option<&FetchError>) {
    #[cfg(feature = "metrics")]
    counters::fetch(purpose, error.is_none());
    #[cfg(feature = "tracing")]
    if error.is_none() {
        events::fetched(purpose, from, None);
    }
}

/// An authorization server calls a token active that nobody has issued.
#[cfg(feature = "introspection")]
pub(crate) fn calls_made_up_token_active(from: &str) {
    #[cfg(feature = "tracing")]
    events::calls_made_up_token_active(from);
}

/// An authorization server does not answer a server that has started before it.
#[cfg(feature = "introspection")]
pub(crate) fn not_ready(problem: &impl std::fmt::Display) {
    #[cfg(feature = "tracing")]
    events::not_ready(problem);
}

/// The start waits for the first answer of an authorization server, for at most this time.
#[cfg(any(feature = "introspection", feature = "jwt"))]
pub(crate) fn start_waits(from: &str, at_most: Duration) {
    #[cfg(feature = "tracing")]
    events::start_waits(from, at_most);
}

/// The operator allows plain http to these hosts.
pub(crate) fn plain_http(hosts: &PlainHttp) {
    #[cfg(feature = "tracing")]
    hosts.unlogged().for_each(events::plain_http);
}

/// A key of an issuer's set is passed over.
#[cfg(feature = "jwt")]
pub(crate) fn key_passed_over(issuer: &str, key: &PassedOver) {
    #[cfg(feature = "tracing")]
    events::key_passed_over(issuer, key);
}

/// A list of API keys has changed.
#[cfg(feature = "api-keys")]
pub(crate) fn api_keys_changed(list: &impl std::fmt::Display, entries: usize) {
    #[cfg(feature = "tracing")]
    events::api_keys_changed(list, entries);
}

/// An entry of a list of API keys is invalid and ignored.
#[cfg(feature = "api-keys")]
pub(crate) fn api_key_ignored(place: &str, problem: &str) {
    #[cfg(feature = "tracing")]
    events::api_key_ignored(place, problem);
}

/// A list of API keys can no longer be read.
#[cfg(feature = "api-keys")]
pub(crate) fn api_keys_unreadable(list: &impl std::fmt::Display, problem: &str) {
    #[cfg(feature = "tracing")]
    events::api_keys_unreadable(list, problem);
}

/// Something is revoked, or was asked to be. This is the audit of revocations: every use of them calls it, and
/// nothing else does.
#[cfg(feature = "revocation")]
pub(crate) fn revocation(outcome: &'static str, kind: Option<&str>, issuer: Option<&str>) {
    #[cfg(feature = "metrics")]
    counters::revocation(outcome);
    #[cfg(feature = "tracing")]
    events::revocation(outcome, kind, issuer);
}

/// There are more revocations than the setting allows.
#[cfg(feature = "revocation")]
pub(crate) fn revocations_full(max: usize) {
    #[cfg(feature = "tracing")]
    events::revocations_full(max);
}

/// The log in the store has lost revocations, which are written again.
#[cfg(all(feature = "revocation", feature = "store"))]
pub(crate) fn revocations_removed() {
    #[cfg(feature = "tracing")]
    events::revocations_removed();
}

/// An authorization server is not asked about a token now.
#[cfg(feature = "introspection")]
pub(crate) fn limited(limit: Limit) {
    #[cfg(feature = "metrics")]
    counters::limited(limit);
    #[cfg(feature = "tracing")]
    events::limited(limit);
}

/// An authorization server asked not to be asked for a while.
#[cfg(feature = "introspection")]
pub(crate) fn paused(pause: Duration) {
    #[cfg(feature = "tracing")]
    events::paused(pause);
}

/// An authorization server fails about one token and answers about others.
#[cfg(feature = "introspection")]
pub(crate) fn fails_about_token() {
    #[cfg(feature = "tracing")]
    events::fails_about_token();
}

/// A response of the MCP server has a session id that cannot be sealed.
#[cfg(feature = "mcp")]
pub(crate) fn session_not_sealed() {
    #[cfg(feature = "tracing")]
    events::session_not_sealed();
}

/// A response of the MCP server names a task of another principal.
#[cfg(feature = "mcp")]
pub(crate) fn task_held_by_another() {
    #[cfg(feature = "tracing")]
    events::task_held_by_another();
}

/// The store has been used.
#[cfg(feature = "store")]
pub(crate) fn stored(purpose: &'static str, result: StoreResult) {
    #[cfg(feature = "metrics")]
    counters::stored(purpose, result);
}

/// A call of the store has failed.
#[cfg(feature = "store")]
pub(crate) fn store_failed(purpose: &'static str, error: &impl std::fmt::Display) {
    #[cfg(feature = "tracing")]
    events::store_failed(purpose, error);
}

/// The store is not called for a while, after too many failures.
#[cfg(feature = "store")]
pub(crate) fn store_paused() {
    #[cfg(feature = "tracing")]
    events::store_paused();
}

/// The store answers again.
#[cfg(feature = "store")]
pub(crate) fn store_resumed() {
    #[cfg(feature = "tracing")]
    events::store_resumed();
}
