//! Waiting for the first answers of authorization servers at a start, and the pauses between
//! attempts.

use std::hash::{BuildHasher, Hasher as _, RandomState};
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};

use crate::fetch::Fetch;
use crate::observe;

/// The factor by which a start waits longer than a request. Some authorization servers generate
/// their keys at the first request for them, which takes seconds.
const PATIENCE: u32 = 3;

/// The time after which the log says what the start waits for.
const NOTICE: Duration = Duration::from_secs(1);

/// Returns how long a start waits where a request waits for `timeout`.
pub(crate) fn timeout(timeout: Duration) -> Duration {
    timeout.saturating_mul(PATIENCE)
}

/// Awaits the first answer of `from`, and logs the wait if it is long.
pub(crate) async fn first_answer<T>(
    fetch: &impl Fetch,
    from: &str,
    timeout: Duration,
    answer: impl Future<Output = T>,
) -> T {
    match select(pin!(answer), pin!(fetch.sleep(NOTICE))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(((), answer)) => {
            observe::start_waits(from, timeout.saturating_sub(NOTICE));
            answer.await
        }
    }
}

/// The pauses between attempts: twice as long after each, with jitter, so that the instances of a service
/// do not all ask a server that has just started at the same time.
pub(crate) struct Backoff {
    longest: Duration,
}

impl Backoff {
    const FIRST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_secs(30);

    pub(crate) const fn new() -> Self {
        Self {
            longest: Self::FIRST,
        }
    }

    /// Returns the next pause: between half and all of what it may be.
    pub(crate) fn pause(&mut self) -> Duration {
        let longest = self.longest;
        self.longest = (longest * 2).min(Self::LONGEST);
        // The keys of a new state are random.
        let random = RandomState::new().build_hasher().finish() % 1024;
        let random = u32::try_from(random).unwrap_or_default();
        let half = longest / 2;
        half + half / 1024 * random
    }
}
