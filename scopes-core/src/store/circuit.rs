//! The pause after failures of a store.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::purpose::Purpose;

/// A circuit for each purpose: that a flood of one kind of calls is slow pauses no other.
#[derive(Debug, Default)]
pub(super) struct Circuits([Circuit; Purpose::ALL.len()]);

impl Circuits {
    pub(super) fn of(&self, purpose: Purpose) -> &Circuit {
        let place = Purpose::ALL.iter().position(|one| *one == purpose);
        &self.0[place.unwrap_or_default()]
    }
}

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
    /// Returns the right to call the store. The first call after a pause extends it, so that the others
    /// wait for its result.
    pub(super) fn admit(&self, pause: Duration) -> Option<Admitted<'_>> {
        let now = Instant::now();
        let mut state = self.state();
        let tries = match state.paused_until {
            Some(end) if now < end => return None,
            Some(_) => {
                state.paused_until = now.checked_add(pause);
                Some(self)
            }
            None => None,
        };
        Some(Admitted { tries })
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

    /// The call that was to show whether the pause can end has not ended: the next one shows it.
    fn abandoned(&self) {
        let mut state = self.state();
        if state.paused_until.is_some() {
            state.paused_until = Some(Instant::now());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic cannot leave the state half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to call the store once.
#[must_use]
pub(super) struct Admitted<'a> {
    /// The circuit whose pause this call can end.
    tries: Option<&'a Circuit>,
}

impl Admitted<'_> {
    /// The call has ended.
    pub(super) fn ended(mut self) {
        self.tries = None;
    }
}

/// A client can go away during the call.
impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        if let Some(circuit) = self.tries {
            circuit.abandoned();
        }
    }
}
