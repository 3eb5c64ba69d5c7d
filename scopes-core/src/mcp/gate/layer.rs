//! The layer and its configuration.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tower_layer::Layer;

use super::rules::Rules;
use super::service::Gate;
use crate::registry::Registry;

/// Checks each call before the MCP server receives it, and refuses one whose token lacks required
/// scopes with a 403 and a challenge: see [the module](crate::mcp).
#[derive(Clone)]
#[must_use = "a layer does nothing until it is put around a service"]
pub struct GateLayer {
    rules: Arc<Rules>,
}

impl GateLayer {
    /// Returns a gate for the server whose operations are in `registry`. Several servers in one
    /// program each need a gate of their own: see [`Registry::of_server`].
    ///
    /// Every gate has a random key of its own for sealing session ids, and a table of tasks of its
    /// own. Clones share both.
    pub fn new(registry: &Registry) -> Self {
        Self {
            rules: Arc::new(Rules::new(registry)),
        }
    }

    /// Requires the baseline scopes of the catalogs for `initialize`, `ping`, notifications and all
    /// other messages of a session itself. By default, these require any valid token. Lists require
    /// no scope in either case.
    pub fn require_baseline(mut self) -> Self {
        Arc::make_mut(&mut self.rules).baseline_for_sessions = true;
        self
    }

    /// Sets the maximum length of a request's body in bytes; 4 MiB by default, like that of rmcp. A
    /// request with a longer body is answered with 413.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        Arc::make_mut(&mut self.rules).max_body_bytes = bytes;
        self
    }

    /// Sets the time limit for reading a request's body, after its token was verified; 30 seconds
    /// by default. A request that takes longer is answered with 408. Over HTTP/1.1, its connection
    /// is closed.
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        Arc::make_mut(&mut self.rules).body_timeout = timeout;
        self
    }

    /// Sets the maximum number of open sessions of callers without a token: 1,024 by default. While there
    /// are as many, opening another takes a token. Has an effect where
    /// [anonymous access](crate::tower::Protect::anonymous_access) is on.
    pub fn max_anonymous_sessions(mut self, sessions: usize) -> Self {
        Arc::make_mut(&mut self.rules).max_anonymous_sessions = sessions;
        self
    }

    /// Sets the idle time after which a session of a caller without a token expires: 5 minutes by
    /// default, like that of rmcp. Requests that name it are then answered with 404, and clients open
    /// another.
    ///
    /// The server behind the gate keeps its own session for as long as it wants: rmcp for the
    /// `keep_alive` of its `SessionConfig`. Without one, these sessions are not bounded.
    pub fn anonymous_session_timeout(mut self, timeout: Duration) -> Self {
        Arc::make_mut(&mut self.rules).anonymous_session_timeout = timeout;
        self
    }
}

impl<S> Layer<S> for GateLayer {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Gate<S> {
        Gate::new(inner, Arc::clone(&self.rules))
    }
}

impl fmt::Debug for GateLayer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("GateLayer").finish_non_exhaustive()
    }
}
