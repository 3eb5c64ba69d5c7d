//! Work that several requests wait for, each of which may give up.

use std::pin::Pin;
use std::sync::{Arc, Weak};

use async_lock::Mutex;

/// Work that goes on for as long as somebody waits for its result.
///
/// Who waits first does the work. If they give up, the next goes on where they were, so the time
/// that the work may take is the longest that anybody waits.
pub(crate) struct Flight<T>(Mutex<State<T>>);

enum State<T> {
    Working(Pin<Box<dyn Future<Output = T> + Send>>),
    Landed(T),
}

impl<T: Clone> Flight<T> {
    pub(crate) fn new(work: impl Future<Output = T> + Send + 'static) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State::Working(Box::pin(work)))))
    }

    /// The result, and for who sees the work done, `landed` with it.
    pub(crate) async fn land(&self, landed: impl FnOnce(&T)) -> T {
        let mut state = self.0.lock().await;
        let work = match &mut *state {
            State::Working(work) => work,
            State::Landed(result) => return result.clone(),
        };
        let result = work.await;
        landed(&result);
        *state = State::Landed(result.clone());
        result
    }

    pub(crate) fn handle(self: &Arc<Self>) -> FlightHandle<T> {
        FlightHandle(Arc::downgrade(self))
    }
}

/// How to find a flight without keeping it up.
pub(crate) struct FlightHandle<T>(Weak<Flight<T>>);

impl<T> FlightHandle<T> {
    /// A handle to no flight.
    #[cfg(feature = "introspection")]
    pub(crate) const fn none() -> Self {
        Self(Weak::new())
    }

    /// The flight, unless everybody has left it.
    pub(crate) fn join(&self) -> Option<Arc<Flight<T>>> {
        self.0.upgrade()
    }
}

impl<T> Clone for FlightHandle<T> {
    fn clone(&self) -> Self {
        Self(Weak::clone(&self.0))
    }
}
