//! The rules of a gate's decisions.

use std::sync::{Arc, Once};
use std::time::Duration;

use super::session_seal::SessionSeal;
use crate::mcp::message_rules::MessageRules;
use crate::observe;
use crate::registry::Registry;
use crate::scope::Requirement;

/// The settings of a gate, its key, and its rules for messages.
#[derive(Clone)]
pub(super) struct Rules {
    pub(super) messages: MessageRules,
    pub(super) baseline: Arc<Requirement>,
    pub(super) baseline_for_sessions: bool,
    pub(super) max_body_bytes: usize,
    pub(super) body_timeout: Duration,
    pub(super) session_seal: SessionSeal,
    is_layer_reported: Arc<Once>,
}

impl Rules {
    pub(super) fn new(registry: &Registry) -> Self {
        Self {
            messages: MessageRules::new(registry),
            baseline: registry.baseline(),
            baseline_for_sessions: false,
            max_body_bytes: 4 * 1024 * 1024,
            body_timeout: Duration::from_secs(30),
            session_seal: SessionSeal::with_random_key(),
            is_layer_reported: Arc::new(Once::new()),
        }
    }

    /// Reports, for the first request without a token, that no layer stands in front of the gate.
    pub(super) fn report_missing_layer(&self) {
        self.is_layer_reported
            .call_once(observe::gate_without_layer);
    }
}
