//! A token that a verifier has accepted.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::claims::Claims;
#[cfg(feature = "revocation")]
use super::revocable::Revocable;
use crate::moment::Moment;
use crate::scope::GrantedScopes;

/// A token that a verifier has accepted. Cheap to clone.
///
/// Its claims can be trusted: only a verifier can create one, or the `testing` feature. It does not
/// contain the string that the client presented, so the token cannot be passed on. If the claims
/// name neither a user nor a client, it contains the SHA-256 digest of the string.
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use scopes_core::{VerifiedToken, testing};
///
/// /// Returns the tenant of the caller, a claim of the authorization server.
/// fn tenant(token: &VerifiedToken) -> Option<&str> {
///     token.claim("tenant")?.as_str()
/// }
///
/// let ada = testing::caller("ada", "photos:read")?;
/// let token = ada.token().ok_or("this caller has a token")?;
/// assert_eq!(token.subject(), Some("ada"));
/// assert_eq!(tenant(token), None);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct VerifiedToken(Arc<Accepted>);

struct Accepted {
    claims: Claims,
    #[cfg(feature = "mcp")]
    digest: Option<[u8; 32]>,
    #[cfg(feature = "revocation")]
    revocable: Revocable,
    validity: Validity,
}

/// The validity of a verifier's answer.
#[derive(Default)]
pub(super) struct Validity {
    /// The time at which the token expires, leeway included.
    pub(super) end: Option<Moment>,
    pub(super) condition: Option<Box<Condition>>,
    /// `true` if the token can also be revoked where the verifier asks about it.
    #[cfg_attr(
        not(feature = "revocation"),
        expect(dead_code, reason = "revocations alone depend on it")
    )]
    pub(super) has_source: bool,
}

/// Returns whether the conditions of the answer, such as current keys, still hold.
pub(super) type Condition = dyn Fn(Moment) -> bool + Send + Sync;

/// Compares the contents of two answers about a token, and not how long they hold.
impl PartialEq for Accepted {
    fn eq(&self, other: &Self) -> bool {
        #[cfg(feature = "mcp")]
        if self.digest != other.digest {
            return false;
        }
        self.claims == other.claims
    }
}

impl VerifiedToken {
    /// Returns a token that no client presented as a string.
    #[cfg(any(feature = "command", feature = "rmcp", feature = "testing"))]
    pub(crate) fn new(claims: Claims) -> Self {
        Self(Arc::new(Accepted {
            claims,
            #[cfg(feature = "mcp")]
            digest: None,
            #[cfg(feature = "revocation")]
            revocable: Revocable::default(),
            validity: Validity::default(),
        }))
    }

    /// Returns a token that a client presented as this string.
    #[cfg_attr(
        not(any(feature = "mcp", feature = "revocation")),
        allow(unused_variables, reason = "digests are of these features")
    )]
    pub(super) fn presented(claims: Claims, token: &str, validity: Validity) -> Self {
        Self(Arc::new(Accepted {
            #[cfg(feature = "mcp")]
            digest: super::principal::digest_of_nameless(&claims, token),
            #[cfg(feature = "revocation")]
            revocable: Revocable::presented(token, validity.has_source),
            claims,
            validity,
        }))
    }

    /// Returns whether the verifier's answer still holds: the token has not expired by either clock,
    /// and the basis of the answer, such as the keys of the issuer, has not changed. If it returns
    /// `false`, verify the token again.
    ///
    /// A cache in front of a verifier has to check this before it returns a cached answer.
    #[must_use]
    pub fn is_current(&self, now: Moment) -> bool {
        let Validity { end, condition, .. } = &self.0.validity;
        let has_ended = end.is_some_and(|end| now.has_reached(end));
        !has_ended && condition.as_ref().is_none_or(|holds| holds(now))
    }

    /// Returns whether this answer allows at least what an earlier one about the same token does: the
    /// caller is the same, and no scope is missing.
    #[cfg(feature = "tower")]
    pub(crate) fn allows_as_much_as(&self, earlier: &Self) -> bool {
        let (now, before) = (self.claims(), earlier.claims());
        let is_same_caller = now.issuer == before.issuer
            && now.subject == before.subject
            && now.client_id == before.client_id
            && now.further.get("username") == before.further.get("username");
        let mut scopes = earlier.scopes().names();
        is_same_caller && scopes.all(|scope| self.scopes().contains(scope))
    }

    /// Returns the time at which the token expires, leeway included, by the clocks at the time of
    /// verification.
    #[cfg(any(feature = "revocation", feature = "tower"))]
    pub(crate) fn end(&self) -> Option<Moment> {
        self.0.validity.end
    }

    /// The digest of the string that the client presented, if the claims name no principal.
    #[cfg(feature = "mcp")]
    pub(super) fn digest(&self) -> Option<&[u8; 32]> {
        self.0.digest.as_ref()
    }

    /// The digest that identifies the token among all tokens.
    #[cfg(feature = "revocation")]
    pub(crate) fn identity(&self) -> Option<&[u8; 32]> {
        self.0.revocable.identity()
    }

    /// Returns whether the token can also be revoked where the verifier asks about it.
    #[cfg(feature = "revocation")]
    pub(crate) fn has_source(&self) -> bool {
        self.0.revocable.has_source()
    }

    /// Returns whether the token was found not to be revoked in this generation of revocations.
    #[cfg(feature = "revocation")]
    #[inline]
    pub(crate) fn was_checked_in(&self, generation: u64) -> bool {
        self.0.revocable.was_checked_in(generation)
    }

    /// Keeps that the token is not revoked in this generation of revocations.
    #[cfg(feature = "revocation")]
    pub(crate) fn set_checked(&self, generation: u64) {
        self.0.revocable.set_checked(generation);
    }

    /// Keeps that the token was issued after a revocation at this time, in milliseconds since 1970.
    #[cfg(feature = "revocation")]
    pub(crate) fn set_renewed(&self, renewed: u64) {
        self.0.revocable.set_renewed(renewed);
    }

    /// The time of the last revocation that the token was issued after.
    #[cfg(all(feature = "mcp", feature = "revocation"))]
    pub(super) fn renewed(&self) -> Option<u64> {
        self.0.revocable.renewed()
    }

    /// Returns whether both are the same answer of a verifier.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Returns the scopes that the token grants.
    #[must_use]
    #[inline]
    pub fn scopes(&self) -> &GrantedScopes {
        &self.0.claims.scopes
    }

    /// Returns the subject of the token, unique only together with the [issuer](Claims::issuer).
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.0.claims.subject.as_deref()
    }

    /// Returns the client that the token was issued to.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.0.claims.client_id.as_deref()
    }

    /// Returns all claims of the token.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.0.claims
    }

    /// Returns a claim that has no field of its own in [`Claims`].
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.0.claims.further.get(name)
    }
}

impl fmt::Debug for VerifiedToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("VerifiedToken")
            .field(&self.0.claims)
            .finish()
    }
}
