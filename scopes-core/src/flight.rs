//! Work that several requests wait for, each of which may give up.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
#[cfg(feature = "cache")]
use futures_util::future::WeakShared;
use futures_util::future::{BoxFuture, Shared};

/// Work that goes on for as long as somebody waits for its result.
///
/// Whoever is awake does the work; if they give up, the others go on where they were. So the time
/// that the work may take is the longest that anybody waits.
pub(crate) type Flight<T> = Shared<BoxFuture<'static, T>>;

/// A handle to a flight that does not keep it up.
#[cfg(feature = "cache")]
pub(crate) struct FlightHandle<T>(Option<WeakShared<BoxFuture<'static, T>>>);

/// Work that several may await. Where it panics, each of them gets `after_panic`.
pub(crate) fn shared<T: Clone + Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
    after_panic: T,
) -> Flight<T> {
    // Nothing that the work has touched is looked at again: it is dropped with the work.
    let work = AssertUnwindSafe(work).catch_unwind();
    let work = work.map(|result| result.unwrap_or(after_panic));
    work.boxed().shared()
}

/// Begins work that others may join by the handle. Where it panics, everybody who waits for it gets
/// `after_panic`; whoever comes later begins it anew.
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

    /// The flight, unless everybody has left it, or it has landed: who comes then comes for news.
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
