//! A token that a verifier has accepted.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::claims::Claims;
use crate::scope::GrantedScopes;

/// A token that a verifier has accepted. Cheap to clone.
///
/// Whoever holds one may rely on what it says: nothing but a verifier makes it, or the `testing`
/// feature. The string that the client presented is not in it, so it cannot be passed on.
#[derive(Clone, PartialEq)]
pub struct VerifiedToken(Arc<Claims>);

impl VerifiedToken {
    pub(crate) fn new(claims: Claims) -> Self {
        Self(Arc::new(claims))
    }

    /// What the token grants.
    #[must_use]
    #[inline]
    pub fn scopes(&self) -> &GrantedScopes {
        &self.0.scopes
    }

    /// Who the token is about; unique only together with the [issuer](Claims::issuer).
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.0.subject.as_deref()
    }

    /// The client that the token was issued to.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.0.client_id.as_deref()
    }

    /// Everything that the token says.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.0
    }

    /// A claim that has no field of its own in [`Claims`].
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.0.further.get(name)
    }
}

impl fmt::Debug for VerifiedToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("VerifiedToken")
            .field(&self.0)
            .finish()
    }
}
