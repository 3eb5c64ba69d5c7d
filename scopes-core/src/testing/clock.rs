//! A clock that a test can set.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use crate::moment;

/// The clocks of the current thread, which a test can set ahead. Dropping it resets them.
///
/// Verifiers, caches, key sets and [`Issuer`](super::Issuer) use the time of this thread, so it is
/// for tests that run on one thread, as those with `#[tokio::test]` do by default. Timers of the
/// runtime are not set ahead: pauses and timeouts take their real time.
///
/// ```
/// use std::time::Duration;
///
/// use scopes_core::testing::Clock;
/// use scopes_core::token::Moment;
///
/// let clock = Clock::start();
/// let before = Moment::now();
/// clock.advance(Duration::from_secs(600));
/// assert!(Moment::now().since(before) >= Duration::from_secs(600));
/// ```
#[must_use = "dropping it sets the clock right again"]
pub struct Clock {
    before: Duration,
    /// The clocks are those of one thread.
    thread: PhantomData<*const ()>,
}

impl Clock {
    /// Takes the clocks of the current thread, at the present.
    pub fn start() -> Self {
        let before = moment::set_clocks_ahead(Duration::ZERO);
        moment::set_clocks_ahead(before);
        Self {
            before,
            thread: PhantomData,
        }
    }

    /// Sets the clocks ahead by this time.
    pub fn advance(&self, time: Duration) {
        let ahead = moment::set_clocks_ahead(Duration::ZERO);
        moment::set_clocks_ahead(ahead.saturating_add(time));
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        moment::set_clocks_ahead(self.before);
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Clock").finish_non_exhaustive()
    }
}
