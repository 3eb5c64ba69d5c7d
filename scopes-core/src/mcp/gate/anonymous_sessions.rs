//! Sessions that were opened without a token.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use super::session_seal::Tag;
use crate::observe;
use crate::token::{Moment, Principal};

/// The maximum number of adopted sessions.
const MAX_ADOPTED: usize = 16_384;
/// The maximum number of sessions that one principal has adopted.
const MAX_OF_ONE: usize = 1024;
/// An adopted session is removed after this time without use.
const ADOPTED_UNUSED: Duration = Duration::from_secs(24 * 60 * 60);
/// The shortest time between two searches for expired sessions.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// A bounded table of the sessions that were opened without a token. Any other such session does not
/// exist.
#[derive(Debug)]
pub(super) struct AnonymousSessions {
    max: usize,
    timeout: Duration,
    table: Mutex<Table>,
    is_full_reported: Once,
}

#[derive(Debug, Default)]
struct Table {
    sessions: HashMap<Tag, Session>,
    adopted: usize,
    /// The number of sessions that the server has been asked for and has not opened yet.
    opening: usize,
    /// The time of the last search for expired sessions.
    swept: Option<Moment>,
}

#[derive(Debug)]
struct Session {
    used: Moment,
    adopter: Option<Principal>,
}

/// A session, as seen by the caller that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The caller's.
    Own,
    /// One that another caller has adopted.
    Adopted,
    /// One that does not exist, or no longer.
    None,
}

/// Room for a session that the server has not opened yet.
#[derive(Debug)]
pub(super) struct Opening {
    sessions: Arc<AnonymousSessions>,
}

impl AnonymousSessions {
    pub(super) fn new(max: usize, timeout: Duration) -> Self {
        Self {
            max,
            timeout,
            table: Mutex::default(),
            is_full_reported: Once::new(),
        }
    }

    /// Makes room for a session. Returns `None` if there are too many.
    pub(super) fn open(self: &Arc<Self>) -> Option<Opening> {
        let mut table = self.table();
        if table.anonymous() >= self.max {
            self.sweep(&mut table, Moment::now());
        }
        if table.anonymous() >= self.max {
            self.is_full_reported
                .call_once(observe::anonymous_sessions_full);
            return None;
        }
        table.opening += 1;
        drop(table);
        Some(Opening {
            sessions: Arc::clone(self),
        })
    }

    /// Finds the session for a caller, which adopts it if it has a token and nobody has adopted it yet.
    pub(super) fn find(&self, tag: &Tag, caller: Option<Principal>) -> Found {
        let now = Moment::now();
        let mut table = self.table();
        let Some(session) = table.sessions.get_mut(tag) else {
            return Found::None;
        };
        if self.is_expired(session, now) {
            table.forget(tag);
            return Found::None;
        }
        match (session.adopter, caller) {
            (None, Some(principal)) => {
                if table.is_full_for(principal) {
                    self.sweep(&mut table, now);
                }
                if table.is_full_for(principal) {
                    // The client opens another one, with its token.
                    table.forget(tag);
                    return Found::None;
                }
                table.adopted += 1;
                let adopted = Session {
                    used: now,
                    adopter: Some(principal),
                };
                table.sessions.insert(*tag, adopted);
                Found::Own
            }
            (adopter, caller) if adopter == caller => {
                session.used = now;
                Found::Own
            }
            _ => Found::Adopted,
        }
    }

    /// Forgets a session that the server has ended for the caller, unless another one has adopted it
    /// meanwhile.
    pub(super) fn end(&self, tag: &Tag, caller: Option<Principal>) {
        let mut table = self.table();
        let session = table.sessions.get(tag);
        if session.is_some_and(|session| session.adopter == caller) {
            table.forget(tag);
        }
    }

    fn is_expired(&self, session: &Session, now: Moment) -> bool {
        let limit = match session.adopter {
            Some(_) => ADOPTED_UNUSED,
            None => self.timeout,
        };
        now.since(session.used) >= limit
    }

    fn sweep(&self, table: &mut Table, now: Moment) {
        let was_swept = |swept: Moment| now.since(swept) < SWEEP_INTERVAL;
        if table.swept.is_some_and(was_swept) {
            return;
        }
        table.swept = Some(now);
        table
            .sessions
            .retain(|_, session| !self.is_expired(session, now));
        let sessions = table.sessions.values();
        table.adopted = sessions.filter(|session| session.adopter.is_some()).count();
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // Nothing that could panic leaves the table half changed.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn forget(&mut self, tag: &Tag) {
        let forgotten = self.sessions.remove(tag);
        if forgotten.is_some_and(|session| session.adopter.is_some()) {
            self.adopted -= 1;
        }
    }

    /// Returns whether the principal can adopt no further session.
    fn is_full_for(&self, principal: Principal) -> bool {
        let sessions = self.sessions.values();
        let of_one = sessions.filter(|session| session.adopter == Some(principal));
        self.adopted >= MAX_ADOPTED || of_one.count() >= MAX_OF_ONE
    }

    /// Returns the number of sessions that are not adopted, including those that are being opened.
    fn anonymous(&self) -> usize {
        self.sessions.len() - self.adopted + self.opening
    }
}

impl Opening {
    /// Keeps the session that the server has opened.
    pub(super) fn keep(self, tag: Tag) {
        let session = Session {
            used: Moment::now(),
            adopter: None,
        };
        self.sessions.table().sessions.entry(tag).or_insert(session);
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.sessions.table().opening -= 1;
    }
}
