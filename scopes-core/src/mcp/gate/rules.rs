//! The rules of a gate's decisions.

use std::sync::{Arc, Once};
use std::time::Duration;

use super::anonymous_sessions::AnonymousSessions;
use super::session_seal::{SessionSeal, Tag};
use super::shared_tasks::SharedTasks;
use crate::caller::Caller;
use crate::mcp::decision::GateSettings;
use crate::mcp::message_rules::MessageRules;
use crate::observe;
use crate::registry::{AnonymousLists, Registry};
use crate::scope::Requirement;
use crate::token::Principal;
use crate::tower::Challenges;

/// The settings of a gate, its key, and its rules for messages.
#[derive(Clone)]
pub(super) struct Rules {
    pub(super) messages: MessageRules,
    pub(super) baseline: Arc<Requirement>,
    pub(super) baseline_for_sessions: bool,
    pub(super) max_body_bytes: usize,
    pub(super) body_timeout: Duration,
    pub(super) session_seal: SessionSeal,
    /// Set if other instances can be asked about tasks of this one.
    pub(super) shared_tasks: Option<SharedTasks>,
    pub(super) max_anonymous_sessions: usize,
    pub(super) anonymous_session_timeout: Duration,
    /// Set if requests without credentials are decided on.
    pub(super) anonymous: Option<Anonymous>,
    /// The challenges of the layer, if the server answers refusals with them in band.
    pub(super) challenges: Option<Challenges>,
    is_layer_reported: Arc<Once>,
}

/// The lists that callers without a token are shown, and the sessions that they have opened.
#[derive(Clone)]
pub(super) struct Anonymous {
    pub(super) lists: AnonymousLists,
    pub(super) sessions: Arc<AnonymousSessions>,
}

impl Anonymous {
    pub(super) fn new(lists: AnonymousLists, max_sessions: usize, timeout: Duration) -> Self {
        Self {
            lists,
            sessions: Arc::new(AnonymousSessions::new(max_sessions, timeout)),
        }
    }
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
            shared_tasks: None,
            max_anonymous_sessions: 1024,
            anonymous_session_timeout: Duration::from_secs(5 * 60),
            anonymous: None,
            challenges: None,
            is_layer_reported: Arc::new(Once::new()),
        }
    }

    pub(super) fn admit_anonymous(&mut self, lists: AnonymousLists) {
        let (max, timeout) = (self.max_anonymous_sessions, self.anonymous_session_timeout);
        self.anonymous = Some(Anonymous::new(lists, max, timeout));
    }

    /// Forgets a session that was opened without a token and is the caller's.
    pub(super) fn end_anonymous(&self, tag: &Tag, caller: &Caller) {
        if let Some(anonymous) = &self.anonymous {
            let principal = caller.token().and_then(Principal::of);
            anonymous.sessions.end(tag, principal);
        }
    }

    /// Returns the settings that the server reads, if there are any.
    pub(super) fn for_server(&self) -> Option<GateSettings> {
        let anonymous_lists = self.anonymous.as_ref().map(|anonymous| anonymous.lists);
        let settings = GateSettings {
            anonymous_lists,
            challenges: self.challenges.clone(),
        };
        (anonymous_lists.is_some() || settings.challenges.is_some()).then_some(settings)
    }

    /// Reports, for the first request without a token, that no layer stands in front of the gate.
    pub(super) fn report_missing_layer(&self) {
        self.is_layer_reported
            .call_once(observe::gate_without_layer);
    }
}
