//! The pause after failures of a store.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Decides whether the store is called.
#[derive(Debug, Default)]
pub(super) struct Circuit(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The number of failures since the last success.
    failures: u32,
    /// The end of the pause, once there were too many.
    paused_until: Option<Instant>,
}

/// A change that operators are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    None,
    Opened,
    Closed,
}

impl Circuit {
    /// Returns whether to call the store. The first call after a pause extends it, so that the others
    /// wait for its result.
    pub(super) fn admits(&self, pause: Duration) -> bool {
        let now = Instant::now();
        let mut state = self.state();
        match state.paused_until {
            Some(end) if now < end => false,
            Some(_) => {
                state.paused_until = now.checked_add(pause);
                true
            }
            None => true,
        }
    }

    pub(super) fn succeeded(&self) -> Change {
        let mut state = self.state();
        state.failures = 0;
        match state.paused_until.take() {
            Some(_) => Change::Closed,
            None => Change::None,
        }
    }

    pub(super) fn failed(&self, max_failures: u32, pause: Duration) -> Change {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        if state.failures < max_failures {
            return Change::None;
        }
        let was_closed = state.paused_until.is_none();
        state.paused_until = Instant::now().checked_add(pause);
        if was_closed {
            Change::Opened
        } else {
            Change::None
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic cannot leave the state half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
