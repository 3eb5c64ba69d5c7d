//! What a client carries from one round to the next.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rmcp::ErrorData;

/// The states that the server has given out: a client can bring back one of them, or none.
#[derive(Clone, Default)]
pub(super) struct States(Arc<Mutex<HashMap<String, u32>>>);

impl States {
    /// A state that says which round comes next.
    pub(super) fn open(&self, round: u32) -> String {
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let state = format!("state-{}", states.len());
        states.insert(state.clone(), round);
        state
    }

    /// The round that comes now.
    pub(super) fn round(&self, state: &str) -> Result<u32, ErrorData> {
        let states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = states.get(state).copied();
        known.ok_or_else(|| ErrorData::invalid_params("the state is none of this server's", None))
    }
}
