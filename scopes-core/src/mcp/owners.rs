//! Whose a session or a task is.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indexmap::IndexMap;

use crate::token::VerifiedToken;

/// How much is remembered of one principal; of more, the older half is forgotten.
const MOST: usize = 16_384;
/// The longest id that is remembered, in bytes; those of servers are a tenth of it.
const LONGEST_ID: usize = 512;
/// What nobody has used for so long is forgotten, once there are many principals.
const UNUSED: Duration = Duration::from_secs(24 * 60 * 60);
/// How many principals are many.
const SWEEP: usize = 1024;

/// Who acts with a token: a user, or a client on its own account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Principal {
    Subject(Option<String>, String),
    Client(Option<String>, String),
}

impl Principal {
    /// `None` where the token says nothing of it, so that nobody can be told from others.
    pub(crate) fn of(token: &VerifiedToken) -> Option<Self> {
        let issuer = token.claims().issuer.clone();
        let named = |name: &&str| !name.is_empty();
        match (
            token.subject().filter(named),
            token.client_id().filter(named),
        ) {
            (Some(subject), _) => Some(Self::Subject(issuer, subject.to_owned())),
            (None, Some(client)) => Some(Self::Client(issuer, client.to_owned())),
            (None, None) => None,
        }
    }
}

/// What principals have opened or started, by its id. What is forgotten here belongs to nobody.
#[derive(Debug)]
pub(crate) struct Owned<T>(Mutex<Table<T>>);

#[derive(Debug)]
struct Table<T> {
    by_owner: HashMap<Principal, IndexMap<String, Kept<T>>>,
    /// With how many principals to look for what is no longer used.
    sweep_at: usize,
}

#[derive(Debug)]
struct Kept<T> {
    what: T,
    used: Instant,
}

impl<T: Clone> Owned<T> {
    pub(crate) fn keep(&self, owner: Principal, id: &str, what: T) {
        if id.len() > LONGEST_ID {
            return;
        }
        let mut table = self.table();
        if table.by_owner.len() >= table.sweep_at {
            table.sweep();
        }
        let its = table.by_owner.entry(owner).or_default();
        if its.len() >= MOST {
            its.drain(..MOST / 2);
        }
        let used = Instant::now();
        its.insert(id.to_owned(), Kept { what, used });
    }

    /// What `owner` knows by this id. What belongs to another is found as little as what does not
    /// exist.
    pub(crate) fn find(&self, owner: &Principal, id: &str) -> Option<T> {
        let mut table = self.table();
        let kept = table.by_owner.get_mut(owner)?.get_mut(id)?;
        kept.used = Instant::now();
        Some(kept.what.clone())
    }

    pub(crate) fn forget(&self, owner: &Principal, id: &str) {
        let mut table = self.table();
        if let Some(its) = table.by_owner.get_mut(owner) {
            its.shift_remove(id);
            if its.is_empty() {
                table.by_owner.remove(owner);
            }
        }
    }

    fn table(&self) -> MutexGuard<'_, Table<T>> {
        // No code that could panic leaves the table half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Table<T> {
    fn sweep(&mut self) {
        self.by_owner.retain(|_, its| {
            its.retain(|_, kept| kept.used.elapsed() < UNUSED);
            !its.is_empty()
        });
        self.sweep_at = SWEEP.max(2 * self.by_owner.len());
    }
}

impl<T> Default for Owned<T> {
    fn default() -> Self {
        Self(Mutex::new(Table {
            by_owner: HashMap::new(),
            sweep_at: SWEEP,
        }))
    }
}
