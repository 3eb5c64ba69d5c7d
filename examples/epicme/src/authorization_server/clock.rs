//! The clock of the authorization server.

use std::sync::Arc;
use std::time::SystemTime;

/// Tells the server the time. Everything that expires here expires by this clock, so that a test can
/// move it.
#[derive(Clone)]
pub(super) struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    pub(super) fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(super) fn now(&self) -> SystemTime {
        (self.0)()
    }
}

impl oauth_as::server::Clock for Clock {
    fn now(&self) -> SystemTime {
        Self::now(self)
    }
}
