//! Events of the store that instances share.

use tracing::{info, warn};

pub(in crate::observe) fn store_failed(purpose: &'static str, error: &impl std::fmt::Display) {
    warn!(
        target: "scopes_core",
        { store.purpose = purpose, store.error = %error },
        "a call of the store failed"
    );
}

pub(in crate::observe) fn store_paused() {
    warn!(
        target: "scopes_core",
        "the store is not called for `SharedStore::pause`, after `SharedStore::max_failures` failures in \
         a row; what it protects is unavailable meanwhile"
    );
}

pub(in crate::observe) fn store_resumed() {
    info!(target: "scopes_core", "the store answers again");
}
