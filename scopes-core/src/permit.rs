//! A permit for something that is done at intervals.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::moment::Moment;

/// A permit for one use, which becomes available again after a pause. It is available at first.
pub(crate) struct Permit {
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
    #[cfg(feature = "jwt")]
    pub(crate) fn is_there(&self) -> bool {
        self.now() >= self.at.load(Ordering::Acquire)
    }

    /// Returns the time until it is available.
    #[cfg(feature = "jwt")]
    pub(crate) fn wait(&self) -> Duration {
        let at = self.at.load(Ordering::Acquire);
        match at.saturating_sub(self.now()) {
            0 => Duration::ZERO,
            // The current time is rounded down, and a timer that is early would have to be set
            // again.
            left => Duration::from_millis(left.saturating_add(1)),
        }
    }

    /// Makes it unavailable for `pause` from now on, whether it is available or not.
    pub(crate) fn take_for(&self, pause: Duration) {
        let at = self.now().saturating_add(millis(pause));
        self.at.store(at, Ordering::Release);
    }

    /// Takes it for `pause`, if it is available. Of several concurrent calls, one succeeds.
    pub(crate) fn claim(&self, pause: Duration) -> bool {
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
