//! Events about lists of API keys.

use std::fmt::Display;

use tracing::{info, warn};

pub(in crate::observe) fn api_keys_changed(list: &impl Display, entries: usize) {
    info!(
        target: "scopes_core",
        { api_keys.list = %list, api_keys.entries = entries },
        "the list of API keys has changed"
    );
}

pub(in crate::observe) fn api_key_ignored(place: &str, problem: &str) {
    warn!(
        target: "scopes_core",
        { api_keys.list = place, api_keys.problem = problem },
        "an entry of the list of API keys is invalid and ignored"
    );
}

pub(in crate::observe) fn api_keys_unreadable(list: &impl Display, problem: &str) {
    warn!(
        target: "scopes_core",
        { api_keys.list = %list, api_keys.problem = problem },
        "the list of API keys cannot be read: requests with a key are answered with 503"
    );
}
