//! A token that a verifier has accepted.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::claims::Claims;
use crate::scope::GrantedScopes;

/// A token that a verifier has accepted. Cheap to clone.
///
/// Whoever holds one may rely on what it says: nothing but a verifier makes it, or the `testing`
/// feature. The string that the client presented is not in it, so it cannot be passed on; of one
/// whose claims name neither a user nor a client, the SHA-256 digest is kept.
#[derive(Clone, PartialEq)]
pub struct VerifiedToken(Arc<Accepted>);

#[derive(PartialEq)]
struct Accepted {
    claims: Claims,
    #[cfg(feature = "mcp")]
    digest: Option<[u8; 32]>,
}

impl VerifiedToken {
    /// A token that no client presented as a string.
    #[cfg(any(feature = "command", feature = "rmcp", feature = "testing"))]
    pub(crate) fn new(claims: Claims) -> Self {
        Self(Arc::new(Accepted {
            claims,
            #[cfg(feature = "mcp")]
            digest: None,
        }))
    }

    /// A token that a client presented as this string.
    #[cfg_attr(
        not(feature = "mcp"),
        allow(unused_variables, reason = "principals are of the feature `mcp`")
    )]
    pub(crate) fn presented(claims: Claims, token: &str) -> Self {
        Self(Arc::new(Accepted {
            #[cfg(feature = "mcp")]
            digest: super::principal::digest_of_nameless(&claims, token),
            claims,
        }))
    }

    /// The digest of the string that the client presented, if the claims name nobody.
    #[cfg(feature = "mcp")]
    pub(super) fn digest(&self) -> Option<&[u8; 32]> {
        self.0.digest.as_ref()
    }

    /// What the token grants.
    #[must_use]
    #[inline]
    pub fn scopes(&self) -> &GrantedScopes {
        &self.0.claims.scopes
    }

    /// Who the token is about; unique only together with the [issuer](Claims::issuer).
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.0.claims.subject.as_deref()
    }

    /// The client that the token was issued to.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.0.claims.client_id.as_deref()
    }

    /// Everything that the token says.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.0.claims
    }

    /// A claim that has no field of its own in [`Claims`].
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
