//! Outages of the authorization server, and when a readiness probe may ask whether one has ended.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::permit::Permit;

/// Remembers that the authorization server has failed to answer since it last did.
#[derive(Default)]
pub(super) struct Outage {
    is_on: AtomicBool,
    for_probe: Permit,
}

impl Outage {
    /// The pause between two questions for readiness probes.
    const PROBE_INTERVAL: Duration = Duration::from_secs(1);

    pub(super) fn is_on(&self) -> bool {
        self.is_on.load(Ordering::Acquire)
    }

    pub(super) fn began(&self) {
        self.is_on.store(true, Ordering::Release);
    }

    /// Reads first: answers arrive all the time, and outages are rare.
    pub(super) fn ended(&self) {
        if self.is_on() {
            self.is_on.store(false, Ordering::Release);
        }
    }

    /// Returns whether a probe may ask the server. No other one may until it has
    /// [asked](Self::probe_asked), or for `timeout`.
    pub(super) fn probe_may_ask(&self, timeout: Duration) -> bool {
        self.for_probe.claim(timeout)
    }

    pub(super) fn probe_asked(&self) {
        self.for_probe.take_for(Self::PROBE_INTERVAL);
    }
}
