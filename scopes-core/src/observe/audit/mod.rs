//! The audit trail: one event for each decision on a caller.

mod request;
#[cfg(feature = "audit")]
mod request_id;
#[cfg(feature = "audit")]
mod trail;

pub(crate) use request::{AuditSettings, AuditedRequest};
#[cfg(feature = "audit")]
pub(super) use trail::Request;

#[cfg(feature = "audit")]
use std::fmt;

#[cfg(feature = "audit")]
use hmac::{Hmac, KeyInit as _, Mac as _};
#[cfg(feature = "audit")]
use sha2::Sha256;

#[cfg(feature = "audit")]
use crate::token::VerifiedToken;

/// The settings of an audit trail, for [`ProtectLayer::audit`](crate::tower::ProtectLayer::audit).
///
/// Each decision on a caller becomes one `tracing` event with the target [`TARGET`](Self::TARGET), at the level
/// `INFO`. Denied requests, rejected tokens and streams that end with their token are always in the trail,
/// allowed requests by [`allowed`](Self::allowed). Events contain no token, no argument and no name of a person.
///
/// ```
/// # use scopes_core::{ResourceServer, testing::StaticVerifier, tower::ProtectLayer};
/// # let server = ResourceServer::builder("https://api.example.com/journal");
/// # let server = server.authorization_server("https://auth.example.com").build()?;
/// # let verifier = StaticVerifier::new();
/// # let key = [7; 32];
/// use scopes_core::observe::Audit;
///
/// let audit = Audit::new().allowed(true).subject_key(key);
/// let protect = ProtectLayer::new(server, verifier).audit(audit);
/// # Ok::<(), scopes_core::resource::BuildResourceServerError>(())
/// ```
///
/// # Fields
///
/// Absent where they have no value. Later versions may add fields, and do not change these.
///
/// | field | meaning |
/// |---|---|
/// | `audit.event` | `request`: the answer to a request; `operation`: what gate, handler or guard denied in it; `stream`: the early end of a response stream |
/// | `auth.outcome` | `allowed`, `missing_token`, `invalid_request`, `invalid_token`, `insufficient_scope`, `invalid_argument`, `undeclared`, `unknown_session` and `unknown_task` (one of another principal, or none), `unavailable`, `origin_not_allowed`, `host_not_allowed` or `missing_context` |
/// | `request.id` | the trace id in `traceparent`, else `x-request-id` if it is 1 to 128 visible ASCII characters. Clients choose both |
/// | `auth.issuer`, `auth.client_id` | the issuer of the token, and the client that it was issued to |
/// | `auth.subject_hash` | the same for the same subject of the same issuer: see [`subject_key`](Self::subject_key) |
/// | `auth.operation` | the operation, as the registry names it; a resource by its template |
/// | `auth.required_scope` | what the operation requires, such as `any(entries:read, entries:write)` |
/// | `auth.missing_scope` | the scopes to ask for that the token lacks, separated by spaces |
/// | `auth.reason` | why a token is rejected, by its [label](crate::token::Rejection::label) |
///
/// Names of scopes are templates, such as `notebooks:{notebook}:read`, unless
/// [`concrete_scopes`](Self::concrete_scopes) is set.
///
/// A call that is denied in band has an event `operation`. If its answer is a stream, which begins before the
/// guard decides, an event of the allowed request comes first. Handshakes, notifications and lists of MCP have an event only when they are denied.
#[cfg(feature = "audit")]
#[derive(Clone, Default)]
#[must_use = "give it to `ProtectLayer::audit`"]
pub struct Audit {
    allowed: bool,
    concrete_scopes: bool,
    subject_key: Option<Hmac<Sha256>>,
}

#[cfg(feature = "audit")]
impl Audit {
    /// The target of all events of the trail.
    pub const TARGET: &'static str = "scopes_core::audit";

    /// Creates a trail of what is denied.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether allowed requests are in the trail too: `false` by default.
    pub fn allowed(mut self, allowed: bool) -> Self {
        self.allowed = allowed;
        self
    }

    /// Sets whether scopes have their values, such as `notebooks:7:read`: `false` by default. Values can be
    /// personal data.
    pub fn concrete_scopes(mut self, concrete_scopes: bool) -> Self {
        self.concrete_scopes = concrete_scopes;
        self
    }

    /// Hashes subjects by HMAC-SHA256 under this key, so that a subject is recognized after a restart and on
    /// every instance. Without a key, each process has its own. Whoever has the key can find out which of the
    /// known subjects a hash belongs to.
    pub fn subject_key(mut self, key: [u8; 32]) -> Self {
        self.subject_key = Hmac::new_from_slice(&key).ok();
        self
    }

    fn subject_hash(&self, token: &VerifiedToken) -> Option<String> {
        let Some(key) = self.subject_key.clone() else {
            return super::events::subject_hash(token).map(|hash| hash.to_string());
        };
        let subject = token.subject()?;
        let issuer = token.claims().issuer.as_deref().unwrap_or_default();
        // An issuer is a URL, without a line end, so that no two pairs are joined alike.
        let hash = key.chain_update(issuer).chain_update("\n");
        let hash = hash.chain_update(subject).finalize().into_bytes();
        let digits = hash.iter().take(16).map(|byte| format!("{byte:02x}"));
        Some(digits.collect())
    }
}

#[cfg(feature = "audit")]
impl fmt::Debug for Audit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Audit")
            .field("allowed", &self.allowed)
            .field("concrete_scopes", &self.concrete_scopes)
            .finish_non_exhaustive()
    }
}
