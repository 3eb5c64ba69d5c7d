//! The layer, and how it is configured.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tower_layer::Layer;

use super::rules::Rules;
use super::service::Gate;
use crate::registry::Registry;

/// Refuses, with a 403 and its challenge, what the operations in a registry require and the token
/// does not grant, before the MCP server sees the call: see [the module](crate::mcp).
#[derive(Clone)]
#[must_use = "a layer does nothing until it is put around a service"]
pub struct GateLayer {
    rules: Arc<Rules>,
}

impl GateLayer {
    /// A gate in front of the one server whose operations are in `registry`. Of several servers in
    /// one program, each has a gate of its own: [`Registry::of_server`].
    ///
    /// Every gate has a random key of its own, with which it seals session ids, and remembers tasks on
    /// its own. Clones share both.
    pub fn new(registry: &Registry) -> Self {
        Self {
            rules: Arc::new(Rules::new(registry)),
        }
    }

    /// Requires the baseline scopes of the catalogs for `initialize`, `ping`, notifications and
    /// everything else that a session consists of. By default these take a valid token. Lists are
    /// open to every caller in either case.
    pub fn require_baseline(mut self) -> Self {
        Arc::make_mut(&mut self.rules).baseline_for_sessions = true;
        self
    }

    /// The longest body that is read, in bytes; a longer one is answered with 413. By default
    /// 4 MiB, as much as rmcp takes.
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
