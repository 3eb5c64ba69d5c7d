//! The revocations of a program, and the check of a token against them.

use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::task::Waker;
use std::time::{Duration, SystemTime};

use super::asked::Revocation;
use super::builder::RevocationsBuilder;
use super::error::RevokeError;
use super::name;
use super::record::{Millis, Record, millis, time};
use super::table::{Found, Kept, Table};
use super::wakers::Wakers;
use crate::observe;
use crate::token::{Moment, Rejection, VerifiedToken, VerifyTokenError};

/// The revocations of a program. Cheap to clone; clones share them.
///
/// Pass them to `ProtectLayer::revocations`, and keep a clone to [revoke](Self::revoke) with.
///
/// ```
/// use scopes_core::revocation::{Revocation, Revocations};
///
/// # async fn example() -> Result<(), scopes_core::revocation::RevokeError> {
/// let revocations = Revocations::new();
/// let until = revocations.revoke(Revocation::token("mF_9.B5f-4.1JqM")).await?;
/// # drop(until);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Revocations(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) settings: RevocationsBuilder,
    /// A number that changes with the table, and that no other table has.
    generation: AtomicU64,
    /// The number of revocations, read without the lock of the table.
    len: AtomicUsize,
    pub(super) table: RwLock<Table>,
    wakers: Wakers,
    /// The time at which all revocations in the store were known.
    #[cfg(feature = "store")]
    pub(super) contact: RwLock<Option<Moment>>,
}

/// The largest leeway after its expiry for which a token counts as one that ends with `exp`.
const LEEWAY: Duration = Duration::from_secs(5 * 60);

/// Logs a revocation in any case: a client can hang up while the store is waited for.
struct Observed<'r> {
    revocation: &'r Revocation,
    outcome: &'static str,
}

impl Drop for Observed<'_> {
    fn drop(&mut self) {
        let kind = self.revocation.kind.as_str();
        observe::revocation(self.outcome, Some(kind), self.revocation.issuer.as_deref());
    }
}

/// Returns a generation that no table had before.
fn next_generation() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Revocations {
    /// Returns revocations with the default settings, in the memory of this program.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Returns the settings, to be changed.
    pub fn builder() -> RevocationsBuilder {
        RevocationsBuilder::default()
    }

    pub(super) fn with_settings(settings: RevocationsBuilder) -> Self {
        Self(Arc::new(Inner {
            generation: AtomicU64::new(next_generation()),
            len: AtomicUsize::new(0),
            table: RwLock::new(Table::new(settings.max_revocations)),
            wakers: Wakers::default(),
            #[cfg(feature = "store")]
            contact: RwLock::default(),
            settings,
        }))
    }

    /// Revokes tokens, and returns until when the revocation lasts: for as long as a token that it concerns
    /// could be accepted.
    ///
    /// From now on, requests with these tokens are answered with 401, and their open response streams end.
    /// The revocation is in force when this returns.
    ///
    /// # Errors
    ///
    /// [`InFuture`](RevokeError::InFuture). [`StoreUnavailable`](RevokeError::StoreUnavailable) if not every
    /// instance will know the revocation.
    pub async fn revoke(&self, revocation: Revocation) -> Result<SystemTime, RevokeError> {
        let mut observed = Observed {
            revocation: &revocation,
            outcome: "interrupted",
        };
        let answer = self.revoke_unobserved(&revocation).await;
        observed.outcome = match answer {
            Ok(_) => "revoked",
            Err(RevokeError::InFuture) => "in_future",
            Err(RevokeError::StoreUnavailable) => "store_unavailable",
        };
        answer
    }

    #[cfg_attr(
        not(feature = "store"),
        expect(clippy::unused_async, reason = "a store has to be waited for")
    )]
    async fn revoke_unobserved(&self, revocation: &Revocation) -> Result<SystemTime, RevokeError> {
        let record = self.record(revocation, Moment::now().wall())?;
        self.keep([record]);
        #[cfg(feature = "store")]
        self.append(&record).await?;
        Ok(time(record.until))
    }

    fn record(&self, revocation: &Revocation, now: SystemTime) -> Result<Record, RevokeError> {
        let Inner { settings, .. } = &*self.0;
        let issued_before = match revocation.issued_before {
            Some(instant) if instant > now => return Err(RevokeError::InFuture),
            Some(instant) => millis(instant),
            None => millis(now).saturating_add(in_millis(settings.clock_leeway)),
        };
        Ok(Record {
            kind: revocation.kind,
            name: revocation.name,
            issuer: revocation.issuer.as_deref().map(name::of_issuer),
            issued_before,
            until: self.end_of(issued_before.max(millis(now))),
        })
    }

    /// Returns the end of a revocation of tokens that were issued before this time. Of tokens with `iat`, none of
    /// them is accepted any more by then; of tokens without, none that is accepted now.
    pub(super) fn end_of(&self, issued_before: Millis) -> Millis {
        let max = self.0.settings.max_token_lifetime;
        issued_before.saturating_add(in_millis(max.saturating_add(LEEWAY)))
    }

    /// Keeps revocations, and wakes the streams if there are new ones.
    pub(super) fn keep(&self, records: impl IntoIterator<Item = Record>) {
        let inner = &*self.0;
        let now = millis(Moment::now().wall());
        let mut table = inner.table.write().unwrap_or_else(PoisonError::into_inner);
        let mut is_changed = false;
        for record in records {
            match table.keep(record, now) {
                Kept::Known => continue,
                Kept::Added => {}
                Kept::Widened => observe::revocations_full(inner.settings.max_revocations),
            }
            is_changed = true;
        }
        if !is_changed {
            return;
        }
        inner.len.store(table.len(), Ordering::Release);
        // Within the lock, so that no check of the new table is kept for the old generation.
        inner.generation.store(next_generation(), Ordering::Release);
        drop(table);
        inner.wakers.wake_all();
    }

    /// Checks that a token is not revoked, and that a revocation would concern it for as long as it lives.
    /// [`ProtectLayer`](crate::tower::ProtectLayer) does this for every request; servers with another
    /// transport call it after each verification.
    ///
    /// The answer about a token is cached until something is revoked.
    ///
    /// # Errors
    ///
    /// [`Revoked`](Rejection::Revoked), [`OutlivesRevocations`](Rejection::OutlivesRevocations) or
    /// [`IssuedInFuture`](Rejection::IssuedInFuture). Unavailable if there is a store that has not been reached
    /// for too long.
    #[inline]
    pub fn check(&self, token: &VerifiedToken) -> Result<(), VerifyTokenError> {
        self.check_known(token)?;
        #[cfg(feature = "store")]
        self.check_contact()?;
        Ok(())
    }

    /// Checks a token against the revocations that are known here, whether or not there may be others: for the
    /// token of an open stream, when something is revoked.
    ///
    /// # Errors
    ///
    /// [`Revoked`](Rejection::Revoked), [`OutlivesRevocations`](Rejection::OutlivesRevocations) or
    /// [`IssuedInFuture`](Rejection::IssuedInFuture).
    #[inline]
    pub fn check_known(&self, token: &VerifiedToken) -> Result<(), Rejection> {
        let generation = self.generation();
        if token.was_checked_in(generation) {
            return Ok(());
        }
        self.check_in(generation, token)
    }

    /// Returns whether the revocations of other instances are known: otherwise every request with a token is
    /// answered with 503, and [`Readiness`](crate::tower::Readiness) says no.
    #[must_use]
    pub fn are_known(&self) -> bool {
        #[cfg(feature = "store")]
        return self.check_contact().is_ok();
        #[cfg(not(feature = "store"))]
        true
    }

    #[inline]
    pub(crate) fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }

    fn check_in(&self, generation: u64, token: &VerifiedToken) -> Result<(), Rejection> {
        let inner = &*self.0;
        let now = Moment::now().wall();
        let is_covered_to_its_end = self.covers(token, now)?;
        if inner.len.load(Ordering::Acquire) > 0 {
            let table = inner.table.read().unwrap_or_else(PoisonError::into_inner);
            let issued_at = token.claims().issued_at.map(millis);
            match table.find(token, issued_at, millis(now)) {
                Found::Revoked => return Err(Rejection::Revoked),
                Found::After(Some(renewed)) => token.set_renewed(renewed),
                Found::After(None) => {}
            }
        }
        if is_covered_to_its_end {
            token.set_checked(generation);
        }
        Ok(())
    }

    /// Returns whether a revocation concerns the token for as long as it lives, whatever the time; an error if
    /// it does not now.
    fn covers(&self, token: &VerifiedToken, now: SystemTime) -> Result<bool, Rejection> {
        let settings = &self.0.settings;
        let (max, leeway) = (settings.max_token_lifetime, settings.clock_leeway);
        let claims = token.claims();
        let latest_issue = now.checked_add(leeway);
        if claims.issued_at > latest_issue.or(claims.issued_at) {
            return Err(Rejection::IssuedInFuture {
                max_seconds: leeway.as_secs(),
            });
        }
        if token.has_source() {
            return Ok(true);
        }
        let end = claims.expires_at.max(last_expiry(token));
        let latest = match claims.issued_at {
            Some(issued_at) => issued_at.checked_add(max),
            None => now.checked_add(max),
        };
        let is_covered = match (end, latest) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(end), Some(latest)) => end <= latest,
        };
        let is_young = claims.issued_at.is_some() && latest.is_some_and(|latest| now < latest);
        if is_covered || is_young {
            Ok(is_covered)
        } else {
            Err(Rejection::OutlivesRevocations {
                max_seconds: max.as_secs(),
            })
        }
    }

    /// Registers a task to be woken by the next revocation. `place` is that of its last registration.
    pub(crate) fn register(&self, place: &mut Option<u64>, waker: &Waker) {
        self.0.wakers.register(place, waker);
    }

    /// Removes a registration.
    pub(crate) fn unregister(&self, place: u64) {
        self.0.wakers.remove(place);
    }
}

/// Returns the time at which the token is no longer accepted, without a leeway of the usual length.
fn last_expiry(token: &VerifiedToken) -> Option<SystemTime> {
    token.end()?.wall().checked_sub(LEEWAY)
}

pub(super) fn in_millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}

impl Default for Revocations {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Revocations {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Revocations")
            .field("len", &self.0.len)
            .finish_non_exhaustive()
    }
}
