//! Events about revocations.

use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::{debug, error, info, warn};

/// `outcome` is `revoked`, or the reason why nothing was.
pub(in crate::observe) fn revocation(
    outcome: &'static str,
    kind: Option<&str>,
    issuer: Option<&str>,
) {
    if outcome == "wrong_credential" {
        return wrong_credential(outcome);
    }
    info!(
        target: "scopes_core",
        {
            revocation.outcome = outcome,
            revocation.kind = kind,
            revocation.issuer = issuer,
        },
        "a revocation is asked for"
    );
}

/// The first is a warning, and then the first after each pause with the number since: strangers can cause any
/// number.
fn wrong_credential(outcome: &'static str) {
    const PAUSE: Duration = Duration::from_secs(10);
    static LAST: LazyLock<Mutex<(Option<Instant>, u64)>> = LazyLock::new(Mutex::default);
    let count = {
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        let (warned_at, count) = &mut *last;
        *count = count.saturating_add(1);
        if warned_at.is_some_and(|at| at.elapsed() < PAUSE) {
            None
        } else {
            *warned_at = Some(Instant::now());
            Some(std::mem::take(count))
        }
    };
    if let Some(count) = count {
        warn!(
            target: "scopes_core",
            { revocation.outcome = outcome, revocation.count = count },
            "the endpoint for revocations is called with a wrong credential"
        );
    } else {
        debug!(
            target: "scopes_core",
            { revocation.outcome = outcome },
            "the endpoint for revocations is called with a wrong credential"
        );
    }
}

pub(in crate::observe) fn revocations_full(max: usize) {
    error!(
        target: "scopes_core",
        { revocation.max = max },
        "there are more revocations than `max_revocations`: all tokens that were issued until now are revoked"
    );
}

#[cfg(feature = "store")]
pub(in crate::observe) fn revocations_removed() {
    error!(
        target: "scopes_core",
        "the store has lost revocations that it had: they are written again. If it was not restarted, someone removes \
         them: restrict access to the store"
    );
}
