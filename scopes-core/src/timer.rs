//! Deadlines that wake a task, under any runtime and under none.
//!
//! One thread, which the first deadline starts, wakes the tasks whose deadline has passed. The
//! timers of one runtime would not work under another runtime, or with timers disabled. If the
//! operating system cannot start a thread, deadlines are checked at each poll only.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// Completes when a duration has passed, by the monotonic clock. Registers nothing until the first
/// poll.
#[derive(Debug)]
pub(crate) struct Timer {
    /// `None` is beyond the range of the clock.
    end: Option<Instant>,
    /// Set while a waker is registered.
    key: Option<Key>,
}

/// The time to wake, and a number that distinguishes timers with the same end.
type Key = (Instant, u64);

impl Timer {
    /// A timer that completes `duration` from now.
    pub(crate) fn after(duration: Duration) -> Self {
        Self {
            end: Instant::now().checked_add(duration),
            key: None,
        }
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(end) = self.end else {
            return Poll::Pending;
        };
        if Instant::now() >= end {
            return Poll::Ready(());
        }
        let key = *self.key.get_or_insert_with(|| {
            static NEXT: AtomicU64 = AtomicU64::new(0);
            (end, NEXT.fetch_add(1, Ordering::Relaxed))
        });
        WAKERS.register(key, context.waker());
        Poll::Pending
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            // The waker is dropped after the lock is released: its drop is foreign code.
            let _waker = WAKERS.lock().remove(&key);
        }
    }
}

static WAKERS: LazyLock<Wakers> = LazyLock::new(Wakers::start);

/// The tasks to wake, by deadline.
struct Wakers {
    waiting: Mutex<BTreeMap<Key, Waker>>,
    is_earlier: Condvar,
}

impl Wakers {
    fn start() -> Self {
        let thread = thread::Builder::new().name("scopes-timer".to_owned());
        // Without a thread, deadlines are checked at each poll.
        let _ = thread.spawn(|| WAKERS.run());
        Self {
            waiting: Mutex::default(),
            is_earlier: Condvar::new(),
        }
    }

    fn register(&self, key: Key, waker: &Waker) {
        let mut waiting = self.lock();
        let is_first = waiting
            .first_key_value()
            .is_none_or(|(first, _)| key < *first);
        let replaced = waiting.insert(key, waker.clone());
        drop(waiting);
        drop(replaced);
        if is_first {
            self.is_earlier.notify_one();
        }
    }

    fn run(&self) {
        let mut waiting = self.lock();
        loop {
            let now = Instant::now();
            let next = waiting.first_key_value().map(|((end, _), _)| *end);
            waiting = match next {
                None => self
                    .is_earlier
                    .wait(waiting)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(end) if end > now => {
                    let wait = self.is_earlier.wait_timeout(waiting, end - now);
                    wait.unwrap_or_else(PoisonError::into_inner).0
                }
                Some(_) => {
                    let due = waiting.pop_first();
                    drop(waiting);
                    // A waker is foreign code; one that panics must not end this thread.
                    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                        if let Some((_, waker)) = due {
                            waker.wake();
                        }
                    }));
                    self.lock()
                }
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, Waker>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::task::Wake;

    use super::*;

    struct Notify(Mutex<mpsc::Sender<Instant>>);

    impl Wake for Notify {
        fn wake(self: std::sync::Arc<Self>) {
            let _ = self.0.lock().unwrap().send(Instant::now());
        }
    }

    fn waker() -> (Waker, mpsc::Receiver<Instant>) {
        let (sender, receiver) = mpsc::channel();
        let waker = Waker::from(std::sync::Arc::new(Notify(Mutex::new(sender))));
        (waker, receiver)
    }

    #[test]
    fn an_earlier_deadline_wakes_first_and_a_dropped_one_never() {
        let began = Instant::now();
        let ((late, woken_late), (early, woken_early), (dropped, never)) =
            (waker(), waker(), waker());
        let mut late_timer = Timer::after(Duration::from_millis(120));
        let mut early_timer = Timer::after(Duration::from_millis(30));
        let mut dropped_timer = Timer::after(Duration::from_millis(40));
        for (timer, waker) in [
            (&mut late_timer, &late),
            (&mut early_timer, &early),
            (&mut dropped_timer, &dropped),
        ] {
            let mut context = Context::from_waker(waker);
            assert!(Pin::new(timer).poll(&mut context).is_pending());
        }
        drop(dropped_timer);
        let wait = Duration::from_secs(30);
        let early_at = woken_early.recv_timeout(wait).unwrap();
        let late_at = woken_late.recv_timeout(wait).unwrap();
        assert!(early_at >= began + Duration::from_millis(30));
        assert!(late_at >= began + Duration::from_millis(120));
        assert!(early_at < late_at);
        assert!(never.try_recv().is_err());
        let mut context = Context::from_waker(&late);
        assert!(Pin::new(&mut late_timer).poll(&mut context).is_ready());
    }

    #[test]
    fn the_latest_waker_is_woken() {
        let ((first, not_woken), (second, woken)) = (waker(), waker());
        let mut timer = Timer::after(Duration::from_millis(30));
        for waker in [&first, &second] {
            let mut context = Context::from_waker(waker);
            assert!(Pin::new(&mut timer).poll(&mut context).is_pending());
        }
        assert!(woken.recv_timeout(Duration::from_secs(30)).is_ok());
        assert!(not_woken.try_recv().is_err());
    }

    #[test]
    fn a_deadline_beyond_the_clock_never_passes() {
        let mut context = Context::from_waker(Waker::noop());
        let mut timer = Timer::after(Duration::MAX);
        assert!(Pin::new(&mut timer).poll(&mut context).is_pending());
    }
}
