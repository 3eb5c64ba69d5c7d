//! The layer and its configuration.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tower_layer::Layer;

use super::rules::Rules;
use super::service::Gate;
use super::session_seal::SessionSeal;
#[cfg(feature = "store")]
use super::shared_tasks::SharedTasks;
use crate::registry::Registry;
use crate::resource::ResourceServer;
use crate::secret_keys::SecretKeys;
#[cfg(feature = "store")]
use crate::store::SharedStore;

/// Checks each call before the MCP server receives it, and refuses one whose token lacks required
/// scopes with a 403 and a challenge: see [the module](crate::mcp).
///
/// ```
/// use scopes_core::Registry;
/// use scopes_core::mcp::GateLayer;
/// use tower_layer::Layer;
///
/// let gate = GateLayer::new(&Registry::of_program()).max_body_bytes(64 * 1024);
/// # let server = axum::Router::<()>::new();
/// let server = gate.layer(server);
/// # let _ = server;
/// ```
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
    /// own. Clones share both; for several instances of a server, see [`session_keys`](Self::session_keys)
    /// and `store`.
    pub fn new(registry: &Registry) -> Self {
        Self {
            rules: Arc::new(Rules::new(registry)),
        }
    }

    /// Seals session ids with `keys` instead of with a random key, so that every instance of `server` with the
    /// same keys opens them, also after a restart. The ids of other resources are not opened.
    pub fn session_keys(mut self, keys: &SecretKeys, server: &ResourceServer) -> Self {
        let seal = SessionSeal::of(keys, server.metadata().resource.as_str());
        Arc::make_mut(&mut self.rules).session_seal = seal;
        self
    }

    /// Shares tasks with the other instances of `server` through `store`, and seals session ids with its
    /// keys, as [`session_keys`](Self::session_keys) does.
    ///
    /// A task that a call starts is stored before the client learns its id. Requests for tasks that no call
    /// on this instance has started are decided with what the store says; while it is unavailable, they are
    /// answered with 503. No other request waits for the store. Tasks are in the store for 24 hours.
    #[cfg(feature = "store")]
    pub fn store(mut self, store: &SharedStore, server: &ResourceServer) -> Self {
        let tasks = SharedTasks::new(store.clone(), server.metadata().resource.as_str());
        Arc::make_mut(&mut self.rules).shared_tasks = Some(tasks);
        self.session_keys(store.keys(), server)
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
