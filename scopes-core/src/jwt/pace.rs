//! The intervals and rate limits of fetches.

use std::time::Duration;

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
