//! The pace of fetches: how often something may be done.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::moment::Moment;

/// The intervals at which keys are fetched, and how long they are trusted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The age at which keys are refreshed.
    pub(super) lifetime: Duration,
    /// The age at which keys are no longer trusted.
    pub(super) max_age: Duration,
    /// The time between the starts of two fetches for key ids that are not in the set.
    pub(super) unknown_key_interval: Duration,
    /// The time between two fetches for signatures that do not fit, and after a refresh that failed.
    pub(super) cooldown: Duration,
    /// The longest that a request waits.
    pub(super) timeout: Duration,
}

impl Limits {
    /// Returns the longest that a fetch may take, discovery included: slightly less than a request may
    /// wait, so that the request that starts a fetch sees it end, and a failure is recorded.
    pub(super) fn fetch_timeout(&self) -> Duration {
        self.timeout.saturating_sub(self.timeout / 32)
    }
}

/// Permission to do something, which is taken away for a while by each use. It is there at first.
pub(super) struct Permit {
    zero: Instant,
    /// The time at which it is there again, in milliseconds of the monotonic clock since `zero`.
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

    /// Returns the time until it is there.
    pub(super) fn wait(&self) -> Duration {
        let at = self.at.load(Ordering::Acquire);
        match at.saturating_sub(self.now()) {
            0 => Duration::ZERO,
            // The present is rounded down, and a timer that is early would have to be set again.
            left => Duration::from_millis(left.saturating_add(1)),
        }
    }

    /// Takes it away for `pause` from now on, whether it is there or not.
    pub(super) fn take_for(&self, pause: Duration) {
        let at = self.now().saturating_add(millis(pause));
        self.at.store(at, Ordering::Release);
    }

    /// Takes it away for `pause`, if it is there; of several at one time, one succeeds.
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
