//! Work that several requests wait for, each of which can be cancelled.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
#[cfg(feature = "cache")]
use futures_util::future::WeakShared;
use futures_util::future::{BoxFuture, Shared};

/// Work that continues while at least one task waits for its result.
///
/// Any waiting task polls the work. If that task is cancelled, another continues. So the work can
/// take as long as the longest wait of a task.
pub(crate) type Flight<T> = Shared<BoxFuture<'static, T>>;

/// A handle to a flight that does not keep it running.
#[cfg(feature = "cache")]
pub(crate) struct FlightHandle<T>(Option<WeakShared<BoxFuture<'static, T>>>);

/// Returns work that several tasks can await. If it panics, each of them gets `after_panic`.
pub(crate) fn shared<T: Clone + Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
    after_panic: T,
) -> Flight<T> {
    // The state of the work is dropped with it, so nothing observes it after a panic.
    let work = AssertUnwindSafe(work).catch_unwind();
    let work = work.map(|result| result.unwrap_or(after_panic));
    work.boxed().shared()
}

/// Begins work that others can join by the handle. If it panics, each waiting task gets
/// `after_panic`, and the next request begins the work again.
#[cfg(feature = "cache")]
pub(crate) fn begin<T: Clone + Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
    after_panic: T,
) -> (Flight<T>, FlightHandle<T>) {
    let flight = shared(work, after_panic);
    let handle = FlightHandle(flight.downgrade());
    (flight, handle)
}

#[cfg(feature = "cache")]
impl<T: Clone> FlightHandle<T> {
    /// A handle to no flight.
    #[cfg(feature = "introspection")]
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    /// Returns the flight, unless all tasks have left it or it has ended: a later request needs a
    /// new answer.
    pub(crate) fn join(&self) -> Option<Flight<T>> {
        let flight = self.0.as_ref()?.upgrade()?;
        flight.peek().is_none().then_some(flight)
    }
}

#[cfg(feature = "cache")]
impl<T> Clone for FlightHandle<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}
