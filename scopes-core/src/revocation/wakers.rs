//! The tasks that wait for the next revocation.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// The wakers of waiting tasks. A change takes all of them at once, and wakes them without the lock.
#[derive(Default)]
pub(super) struct Wakers(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    next: u64,
    wakers: HashMap<u64, Waker, foldhash::fast::RandomState>,
}

impl Wakers {
    /// Registers a task, in the place of its last registration.
    pub(super) fn register(&self, place: &mut Option<u64>, waker: &Waker) {
        let mut waiting = self.lock();
        let place = *place.get_or_insert_with(|| {
            waiting.next += 1;
            waiting.next
        });
        let replaced = match waiting.wakers.get_mut(&place) {
            Some(known) if known.will_wake(waker) => None,
            Some(known) => Some(std::mem::replace(known, waker.clone())),
            None => waiting.wakers.insert(place, waker.clone()),
        };
        drop(waiting);
        // The drop of a waker is foreign code.
        drop(replaced);
    }

    pub(super) fn remove(&self, place: u64) {
        let _waker = self.lock().wakers.remove(&place);
    }

    pub(super) fn wake_all(&self) {
        let all = std::mem::take(&mut self.lock().wakers);
        for waker in all.into_values() {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // A panic cannot leave the table half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
