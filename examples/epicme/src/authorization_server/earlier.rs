//! Scopes that users granted to clients before, so that a consent page can mark the new ones.

use std::sync::{Mutex, PoisonError};

use indexmap::{IndexMap, IndexSet};

/// The maximum number of pairs of a user and a client. A new pair replaces the oldest.
const MAX_GRANTS: usize = 500;

/// The maximum number of scopes of one pair. A new scope replaces the oldest.
const MAX_SCOPES: usize = 200;

type Grants = IndexMap<(String, String), IndexSet<String>>;

#[derive(Default)]
pub(super) struct EarlierGrants(Mutex<Grants>);

impl EarlierGrants {
    pub(super) fn remember<'a>(
        &self,
        subject: &str,
        client_id: &str,
        scopes: impl IntoIterator<Item = &'a str>,
    ) {
        let mut grants = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (subject.to_owned(), client_id.to_owned());
        let granted = grants.entry(key).or_default();
        granted.extend(scopes.into_iter().map(str::to_owned));
        granted.drain(..granted.len().saturating_sub(MAX_SCOPES));
        if grants.len() > MAX_GRANTS {
            grants.shift_remove_index(0);
        }
    }

    pub(super) fn of(&self, subject: &str, client_id: &str) -> IndexSet<String> {
        let grants = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (subject.to_owned(), client_id.to_owned());
        grants.get(&key).cloned().unwrap_or_default()
    }
}
