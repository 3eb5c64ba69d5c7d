//! The settings of revocations.

use std::time::Duration;

use super::revocations::Revocations;
#[cfg(feature = "store")]
use crate::store::SharedStore;

/// The settings of [`Revocations`], returned by [`Revocations::builder`].
///
/// ```
/// use std::time::Duration;
/// use scopes_core::revocation::Revocations;
///
/// let week = Duration::from_secs(7 * 24 * 60 * 60);
/// let revocations = Revocations::builder().max_token_lifetime(week).build();
/// # let _ = revocations;
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is revoked by settings alone"]
pub struct RevocationsBuilder {
    pub(super) max_token_lifetime: Duration,
    pub(super) max_revocations: usize,
    pub(super) clock_leeway: Duration,
    #[cfg(feature = "store")]
    pub(super) store: Option<SharedStore>,
    #[cfg(feature = "store")]
    pub(super) max_staleness: Duration,
}

impl RevocationsBuilder {
    /// Sets how long a revocation lasts, and for how long after `iat` a token is accepted at most: 24 hours
    /// by default, one minute at least.
    ///
    /// An older token is rejected with [`OutlivesRevocations`](crate::token::Rejection::OutlivesRevocations),
    /// because a revocation of it could have ended. So is a token without `iat` that does not expire within
    /// this time. Tokens that the verifier asks about, by introspection or in a list of API keys, are accepted
    /// for longer: revoke them there too.
    pub fn max_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.max_token_lifetime = lifetime.max(Duration::from_secs(60));
        self
    }

    /// Sets the maximum number of revocations in force: 100,000 by default, which take less than 25 MiB, and
    /// one at least.
    ///
    /// One more revokes all tokens that were issued until then, by every issuer, and makes room for others.
    /// Clients request new tokens.
    pub fn max_revocations(mut self, revocations: usize) -> Self {
        self.max_revocations = revocations.max(1);
        self
    }

    /// Sets how far the clock of an authorization server may be ahead: 10 seconds by default. Tokens that are
    /// issued up to this long after a revocation count as issued before it. A token whose `iat` is further in
    /// the future is rejected with [`IssuedInFuture`](crate::token::Rejection::IssuedInFuture).
    pub fn clock_leeway(mut self, leeway: Duration) -> Self {
        self.clock_leeway = leeway;
        self
    }

    /// Shares the revocations with the other instances of `store`, which have to be given it too. Run
    /// [`Revocations::follow_store`] then.
    ///
    /// By default, they are in the memory of this program only.
    #[cfg(feature = "store")]
    pub fn store(mut self, store: &SharedStore) -> Self {
        self.store = Some(store.clone());
        self
    }

    /// Sets the time without contact to the store after which every request with a token is answered with
    /// 503: 10 seconds by default, 3 seconds at least. Another instance may have revoked the token.
    #[cfg(feature = "store")]
    pub fn max_staleness(mut self, staleness: Duration) -> Self {
        self.max_staleness = staleness.max(Duration::from_secs(3));
        self
    }

    /// Returns the revocations.
    #[must_use]
    pub fn build(self) -> Revocations {
        Revocations::with_settings(self)
    }
}

impl Default for RevocationsBuilder {
    fn default() -> Self {
        Self {
            max_token_lifetime: Duration::from_secs(24 * 60 * 60),
            max_revocations: 100_000,
            clock_leeway: Duration::from_secs(10),
            #[cfg(feature = "store")]
            store: None,
            #[cfg(feature = "store")]
            max_staleness: Duration::from_secs(10),
        }
    }
}
