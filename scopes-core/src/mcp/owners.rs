//! Whose a session or a task is.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;

use crate::token::VerifiedToken;

/// How much is remembered of one principal; of more, the older half is forgotten.
const MOST: usize = 16_384;

/// Who acts with a token: a user, or a client on its own account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Principal {
    Subject(Option<String>, String),
    Client(Option<String>, String),
}

impl Principal {
    /// `None` where the token says nothing of it, so that nobody can be told from others.
    pub(super) fn of(token: &VerifiedToken) -> Option<Self> {
        let issuer = token.claims().issuer.clone();
        match (token.subject(), token.client_id()) {
            (Some(subject), _) => Some(Self::Subject(issuer, subject.to_owned())),
            (None, Some(client)) => Some(Self::Client(issuer, client.to_owned())),
            (None, None) => None,
        }
    }
}

/// What principals have opened or started, by its id. What is forgotten here belongs to nobody.
#[derive(Debug)]
pub(super) struct Owned<T>(Mutex<HashMap<Principal, IndexMap<String, T>>>);

impl<T: Clone> Owned<T> {
    pub(super) fn keep(&self, owner: Principal, id: &str, what: T) {
        let mut all = self.all();
        let its = all.entry(owner).or_default();
        if its.len() >= MOST {
            its.drain(..MOST / 2);
        }
        its.insert(id.to_owned(), what);
    }

    /// What `owner` knows by this id. What belongs to another is found as little as what does not
    /// exist.
    pub(super) fn find(&self, owner: &Principal, id: &str) -> Option<T> {
        self.all().get(owner)?.get(id).cloned()
    }

    pub(super) fn forget(&self, owner: &Principal, id: &str) {
        let mut all = self.all();
        if let Some(its) = all.get_mut(owner) {
            its.shift_remove(id);
            if its.is_empty() {
                all.remove(owner);
            }
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Principal, IndexMap<String, T>>> {
        // No code that could panic leaves the map half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Owned<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}
