//! A revocation with its times, as every instance keeps it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::asked::RevocationKind;
use super::name::Name;

/// Milliseconds since 1970.
pub(super) type Millis = u64;

/// A revocation of the tokens that were issued before a time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) kind: RevocationKind,
    pub(super) name: Name,
    /// `None`: those of every issuer.
    pub(super) issuer: Option<Name>,
    pub(super) issued_before: Millis,
    /// The revocation has no effect from then on.
    pub(super) until: Millis,
}

/// Returns the milliseconds since 1970; 0 before.
pub(super) fn millis(time: SystemTime) -> Millis {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

/// Returns the time, which is far in the future if the clock has none.
pub(super) fn time(millis: Millis) -> SystemTime {
    const FAR: Duration = Duration::from_secs(200 * 365 * 24 * 60 * 60);
    let since = Duration::from_millis(millis).min(FAR);
    UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH)
}
