//! The entries of all lists, which follow their files.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::entry::Entry;
use super::hash::KeyHash;
use super::list::List;
use super::setting::ApiKeyVerifierSetting;
use super::source::Source;
use crate::moment::Moment;
use crate::observe;
use crate::setting::InvalidSetting;

/// The keys of a server.
pub(super) struct Ring {
    prefix: String,
    state: Mutex<State>,
}

struct State {
    lists: Vec<Listed>,
    read_at: Moment,
}

/// A list as it was read last.
struct Listed {
    source: Source,
    text: Result<String, String>,
    entries: Arc<[Arc<Entry>]>,
}

/// Returned while a list cannot be read.
pub(super) struct Unreadable;

impl Ring {
    /// The pause between two readings of the files.
    const PAUSE: Duration = Duration::from_secs(1);

    /// Reads all lists, and adds what is wrong with them to `problems`.
    pub(super) fn read(
        prefix: String,
        sources: Vec<Source>,
        problems: &mut Vec<InvalidSetting<ApiKeyVerifierSetting>>,
    ) -> Self {
        let lists = sources.into_iter().map(|source| {
            let setting = source.setting();
            let text = source.read();
            let list = match &text {
                Ok(text) => List::read(text),
                Err(problem) => {
                    problems.push(InvalidSetting::new(setting, source.to_string(), problem));
                    List::default()
                }
            };
            for mistake in list.mistakes {
                let place = format!("{source}:{}", mistake.line);
                problems.push(InvalidSetting::new(setting, place, mistake.problem));
            }
            Listed {
                source,
                text,
                entries: list.entries.into_iter().map(Arc::new).collect(),
            }
        });
        let lists = lists.collect();
        let state = State {
            lists,
            read_at: Moment::now(),
        };
        Self {
            prefix,
            state: Mutex::new(state),
        }
    }

    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Finds the entry of a key. Compares it with every entry, whichever it is.
    pub(super) fn find(&self, key: &str) -> Result<Option<Arc<Entry>>, Unreadable> {
        let lists = self.current(Moment::now())?;
        let hash = KeyHash::of(key);
        let mut found = None;
        for entry in lists.iter().flat_map(|entries| entries.iter()) {
            if entry.hash.is(&hash) {
                found = Some(Arc::clone(entry));
            }
        }
        Ok(found)
    }

    /// Returns whether the entry is still in a list.
    pub(super) fn has(&self, entry: &Arc<Entry>, now: Moment) -> bool {
        self.current(now).is_ok_and(|lists| {
            let mut entries = lists.iter().flat_map(|entries| entries.iter());
            entries.any(|other| Arc::ptr_eq(other, entry) || other.is_same_as(entry))
        })
    }

    /// Returns the entries, after reading the files if that is due. The lock is held meanwhile, so that no
    /// request is decided by an older list.
    fn current(&self, now: Moment) -> Result<Vec<Arc<[Arc<Entry>]>>, Unreadable> {
        let mut state = self.state();
        if now.since(state.read_at) >= Self::PAUSE {
            for list in &mut state.lists {
                list.follow();
            }
            state.read_at = now;
        }
        let entries = state.lists.iter().map(|list| match &list.text {
            Ok(_) => Ok(Arc::clone(&list.entries)),
            Err(_) => Err(Unreadable),
        });
        entries.collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that could panic leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listed {
    /// Reads a file again. Only valid entries count: a key that was taken out in the same change that
    /// brought a mistake is rejected.
    fn follow(&mut self) {
        // The environment of a program does not change from outside.
        if matches!(self.source, Source::Environment(_)) {
            return;
        }
        let text = self.source.read();
        if text == self.text {
            return;
        }
        let list = match &text {
            Ok(text) => List::read(text),
            Err(problem) => {
                observe::api_keys_unreadable(&self.source, problem);
                List::default()
            }
        };
        for mistake in &list.mistakes {
            let place = format!("{}:{}", self.source, mistake.line);
            observe::api_key_ignored(&place, &mistake.problem);
        }
        if text.is_ok() {
            observe::api_keys_changed(&self.source, list.entries.len());
        }
        self.entries = list.entries.into_iter().map(Arc::new).collect();
        self.text = text;
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
