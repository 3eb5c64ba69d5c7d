//! The entries of all lists, which follow their files.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::entry::Entry;
use super::hash::KeyHash;
use super::lists::{Entries, Lists, Unreadable};
use super::setting::ApiKeyVerifierSetting;
use super::source::Source;
use crate::moment::Moment;
use crate::observe;
use crate::setting::InvalidSetting;

/// The keys of a server.
pub(super) struct Ring {
    prefix: String,
    /// The files and variables, for the log.
    places: String,
    /// `true` if a list can change.
    has_files: bool,
    shared: Arc<Shared>,
}

struct Shared {
    /// Locked for as long as the files are read, by the thread that reads them alone.
    lists: Mutex<Lists>,
    state: Mutex<State>,
    has_read: Condvar,
}

struct State {
    entries: Result<Entries, Unreadable>,
    /// The time at which the reading that found the entries began.
    read_at: Moment,
    reading: Option<Reading>,
    /// It is in the log that the entries are too old.
    is_reported: bool,
}

/// A reading that goes on.
struct Reading {
    began: Moment,
    thread: JoinHandle<()>,
}

impl Ring {
    /// The pause between two readings of the files.
    const PAUSE: Duration = Duration::from_secs(1);
    /// The time for which a reading is waited for.
    const MAX_WAIT: Duration = Duration::from_secs(1);
    /// The age from which on entries no longer count.
    const MAX_AGE: Duration = Duration::from_secs(5);

    /// Reads all lists, and adds what is wrong with them to `problems`.
    pub(super) fn read(
        prefix: String,
        sources: Vec<Source>,
        problems: &mut Vec<InvalidSetting<ApiKeyVerifierSetting>>,
    ) -> Self {
        let read_at = Moment::now();
        let places: Vec<String> = sources.iter().map(Source::to_string).collect();
        let has_files = sources.iter().any(Source::is_file);
        let lists = Lists::read(sources, problems);
        let state = State {
            entries: lists.entries(),
            read_at,
            reading: None,
            is_reported: false,
        };
        let shared = Shared {
            lists: Mutex::new(lists),
            state: Mutex::new(state),
            has_read: Condvar::new(),
        };
        Self {
            prefix,
            places: places.join(", "),
            has_files,
            shared: Arc::new(shared),
        }
    }

    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Finds the entry of a key. Compares it with every entry, whichever it is.
    pub(super) fn find(&self, key: &str) -> Result<Option<Arc<Entry>>, Unreadable> {
        let entries = self.current(Moment::now())?;
        let hash = KeyHash::of(key);
        let mut found = None;
        for entry in entries.iter() {
            if entry.hash.is(&hash) {
                found = Some(Arc::clone(entry));
            }
        }
        Ok(found)
    }

    /// Returns whether the entry is still in a list.
    pub(super) fn has(&self, entry: &Arc<Entry>, now: Moment) -> bool {
        self.current(now).is_ok_and(|entries| {
            let mut entries = entries.iter();
            entries.any(|other| Arc::ptr_eq(other, entry) || other.is_same_as(entry))
        })
    }

    /// Returns whether the lists can be read.
    pub(super) fn is_readable(&self) -> bool {
        self.current(Moment::now()).is_ok()
    }

    /// Returns the entries, after reading the files if that is due.
    ///
    /// A thread reads them, because a file system that does not answer must not block those that serve
    /// requests, where a lock of a cache can be held. Its answer is waited for, so that no request is
    /// decided by older entries while the file system works.
    fn current(&self, now: Moment) -> Result<Entries, Unreadable> {
        let mut state = self.shared.state();
        if !self.has_files || now.since(state.read_at) < Self::PAUSE {
            return state.entries.clone();
        }
        // A reading that has panicked is still there.
        if state.reading.as_ref().is_none_or(Reading::has_ended) {
            state.reading = self.start_reading(now);
        }
        if let Some(reading) = &state.reading {
            let wait = Self::MAX_WAIT.saturating_sub(Moment::now().since(reading.began));
            let is_reading = |state: &mut State| state.reading.is_some();
            let has_read = &self.shared.has_read;
            let waited = has_read.wait_timeout_while(state, wait, is_reading);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        if now.since(state.read_at) < Self::MAX_AGE {
            return state.entries.clone();
        }
        let is_reported = std::mem::replace(&mut state.is_reported, true);
        // A subscriber may take its time.
        drop(state);
        if !is_reported {
            observe::api_keys_unreadable(&self.places, "the file system does not answer");
        }
        Err(Unreadable)
    }

    fn start_reading(&self, began: Moment) -> Option<Reading> {
        let shared = Arc::clone(&self.shared);
        let thread = Builder::new().name("scopes-api-keys".to_owned());
        let thread = thread.spawn(move || shared.read(began));
        // Without a thread the entries are used until they are too old.
        thread.ok().map(|thread| Reading { began, thread })
    }
}

impl Reading {
    fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }
}

impl Shared {
    fn read(&self, began: Moment) {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        lists.follow();
        let entries = lists.entries();
        let mut state = self.state();
        state.entries = entries;
        state.read_at = began;
        state.reading = None;
        state.is_reported = false;
        self.has_read.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that could panic leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Ring")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
