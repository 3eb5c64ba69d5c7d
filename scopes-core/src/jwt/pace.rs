//! The intervals and rate limits of fetches.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::moment::Moment;

/// The intervals at which keys are fetched, and the age up to which they are trusted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The age at which keys are refreshed.
    pub(super) lifetime: Duration,
    /// The age at which keys are no longer trusted.
    pub(super) max_age: Duration,
    /// The time between the starts of two fetches for key ids that are not in the set.
    pub(super) unknown_key_interval: Duration,
    /// The time between two fetches for signatures that do not match, and after a failed refresh.
    pub(super) cooldown: Duration,
    /// The maximum time for which a request waits.
    pub(super) timeout: Duration,
}

impl Limits {
    /// Returns the time limit of a fetch, discovery included. It is slightly less than that of a
    /// request, so that the request that starts a fetch sees it end, and a failure is recorded.
    pub(super) fn fetch_timeout(&self) -> Duration {
        self.timeout.saturating_sub(self.timeout / 32)
    }
}

/// A permit for one use, which becomes available again after a pause. It is available at first.
pub(super) struct Permit {
    zero: Instant,
    /// The time at which it is available again, in milliseconds of the monotonic clock since
    /// `zero`.
    at: AtomicU64,
}

impl Default for Permit {
    fn default() -> Self {
        Self {
            zero: Moment::now().monotonic(),
            at: AtomicU64::new(0),
        }
    }
}

impl Permit {
    pub(super) fn is_there(&self) -> bool {
        self.now() >= self.at.load(Ordering::Acquire)
    }

    /// Returns the time until it is available.
    pub(super) fn wait(&self) -> Duration {
        let at = self.at.load(Ordering::Acquire);
        match at.saturating_sub(self.now()) {
            0 => Duration::ZERO,
            // The current time is rounded down, and a timer that is early would have to be set
            // again.
            left => Duration::from_millis(left.saturating_add(1)),
        }
    }

    /// Makes it unavailable for `pause` from now on, whether it is available or not.
    pub(super) fn take_for(&self, pause: Duration) {
        let at = self.now().saturating_add(millis(pause));
        self.at.store(at, Ordering::Release);
    }

    /// Takes it for `pause`, if it is available. Of several concurrent calls, one succeeds.
    pub(super) fn claim(&self, pause: Duration) -> bool {
        let now = self.now();
        let at = self.at.load(Ordering::Acquire);
        let next = now.saturating_add(millis(pause)).max(at.saturating_add(1));
        let order = Ordering::AcqRel;
        now >= at
            && self
                .at
                .compare_exchange(at, next, order, Ordering::Acquire)
                .is_ok()
    }

    fn now(&self) -> u64 {
        millis(
            Moment::now()
                .monotonic()
                .saturating_duration_since(self.zero),
        )
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
