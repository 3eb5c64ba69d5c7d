//! A key set with its age and the key ids that it lacks.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::keys::Keys;
use crate::moment::Moment;

/// A set and its age.
pub(super) struct FetchedKeys {
    pub(super) keys: Keys,
    /// The time at which the issuer was asked for it.
    pub(super) asked_at: Moment,
    /// Key ids that requests have waited for, and that are not in this set; empty for tokens that
    /// name no key.
    lacking: Mutex<HashSet<String>>,
}

/// The maximum number of ids that are kept as missing, and the maximum length of such an id in
/// bytes.
const MAX_LACKING: usize = 256;
const LONGEST_KID: usize = 256;

impl FetchedKeys {
    pub(super) fn new(keys: Keys, asked_at: Moment) -> Self {
        Self {
            keys,
            asked_at,
            lacking: Mutex::default(),
        }
    }

    /// Returns whether the set was requested after a request came in at `arrival`. Only such a set
    /// can reject a key that it lacks: the key may have been published after an earlier set.
    pub(super) fn is_later_than(&self, arrival: Moment) -> bool {
        !arrival.is_after(self.asked_at)
    }

    /// Returns whether the set is no older than `interval`, and a request has already waited for
    /// this key without success.
    pub(super) fn is_lacking(&self, kid: &str, now: Moment, interval: Duration) -> bool {
        now.since(self.asked_at) <= interval && self.lacking().contains(kid)
    }

    /// Records that a request has waited for this key without success.
    pub(super) fn note_lacking(&self, kid: &str) {
        let mut lacking = self.lacking();
        if kid.len() <= LONGEST_KID && lacking.len() < MAX_LACKING {
            lacking.insert(kid.to_owned());
        }
    }

    fn lacking(&self) -> MutexGuard<'_, HashSet<String>> {
        self.lacking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
