//! What the gate decides by.

use std::sync::Arc;
use std::time::Duration;

use super::session_seal::SessionSeal;
use crate::mcp::tasks::Tasks;
use crate::registry::Registry;
use crate::scope::{Catalog, RequiredScope, Requirement};

/// The settings of a gate, its key, and the tasks that it remembers.
#[derive(Clone)]
pub(super) struct Rules {
    pub(super) registry: Registry,
    pub(super) baseline: Arc<Requirement>,
    pub(super) baseline_for_sessions: bool,
    pub(super) body_limit: usize,
    pub(super) body_timeout: Duration,
    pub(super) session_seal: SessionSeal,
    pub(super) tasks: Arc<Tasks>,
}

impl Rules {
    pub(super) fn new(registry: &Registry) -> Self {
        Self {
            registry: registry.clone(),
            baseline: Arc::new(baseline(registry)),
            baseline_for_sessions: false,
            body_limit: 4 * 1024 * 1024,
            body_timeout: Duration::from_secs(30),
            session_seal: SessionSeal::with_random_key(),
            tasks: Arc::default(),
        }
    }
}

/// All baseline scopes of the catalogs that the operations use.
fn baseline(registry: &Registry) -> Requirement {
    let of_catalog = |catalog: &'static Catalog| {
        let declared = catalog.declarations().iter().enumerate();
        let baseline = declared.filter(|(_, scope)| scope.is_baseline());
        baseline.map(move |(position, _)| RequiredScope::declared_at(catalog, position))
    };
    let catalogs = registry.catalogs().into_iter();
    let scopes: Vec<RequiredScope> = catalogs.flat_map(of_catalog).collect();
    if scopes.is_empty() {
        Requirement::authenticated()
    } else {
        Requirement::all(scopes)
    }
}
