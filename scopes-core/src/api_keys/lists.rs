//! All lists of a server together.

use std::collections::HashMap;
use std::sync::Arc;

use super::entry::Entry;
use super::list::{List, Mistake};
use super::setting::ApiKeyVerifierSetting;
use super::source::Source;
use crate::observe;
use crate::setting::InvalidSetting;

/// The entries that count.
pub(super) type Entries = Arc<[Arc<Entry>]>;

/// Returned while a list cannot be read.
#[derive(Clone, Copy)]
pub(super) struct Unreadable;

/// Lists as they were read last.
pub(super) struct Lists(Vec<Listed>);

struct Listed {
    source: Source,
    text: Result<String, String>,
    list: List,
}

/// The places of each hash that several entries have.
type Duplicates = HashMap<String, Vec<String>>;

impl Lists {
    /// Reads all lists, and adds what is wrong with them to `problems`.
    pub(super) fn read(
        sources: Vec<Source>,
        problems: &mut Vec<InvalidSetting<ApiKeyVerifierSetting>>,
    ) -> Self {
        let lists = Self(sources.into_iter().map(Listed::read).collect());
        let duplicates = lists.duplicates();
        for listed in &lists.0 {
            let (setting, source) = (listed.source.setting(), &listed.source);
            if let Err(problem) = &listed.text {
                problems.push(InvalidSetting::new(setting, source.to_string(), problem));
            }
            let mistakes = listed.mistakes(&duplicates).into_iter();
            problems.extend(mistakes.map(|mistake| {
                let place = listed.place(mistake.line);
                InvalidSetting::new(setting, place, mistake.problem)
            }));
        }
        lists
    }

    /// Reads the files again, and logs what has changed.
    pub(super) fn follow(&mut self) {
        let changed: Vec<bool> = self.0.iter_mut().map(Listed::follow).collect();
        if !changed.contains(&true) {
            return;
        }
        let duplicates = self.duplicates();
        for (listed, has_changed) in self.0.iter().zip(changed) {
            if let Err(problem) = &listed.text {
                if has_changed {
                    observe::api_keys_unreadable(&listed.source, problem);
                }
                continue;
            }
            for mistake in listed.mistakes(&duplicates) {
                observe::api_key_ignored(&listed.place(mistake.line), &mistake.problem);
            }
            if has_changed {
                let entries = listed.entries(&duplicates).count();
                observe::api_keys_changed(&listed.source, entries);
            }
        }
    }

    /// Returns the valid entries. Of several with one hash none counts: which one the operator wants is
    /// unknown.
    pub(super) fn entries(&self) -> Result<Entries, Unreadable> {
        if self.0.iter().any(|listed| listed.text.is_err()) {
            return Err(Unreadable);
        }
        let duplicates = self.duplicates();
        let entries = self.0.iter();
        let entries = entries.flat_map(|listed| listed.entries(&duplicates));
        Ok(entries.map(Arc::clone).collect())
    }

    fn duplicates(&self) -> Duplicates {
        let mut places = Duplicates::new();
        for listed in &self.0 {
            for (line, entry) in &listed.list.entries {
                let of_hash = places.entry(entry.hash.to_string()).or_default();
                of_hash.push(listed.place(*line));
            }
        }
        places.retain(|_, places| places.len() > 1);
        places
    }
}

impl Listed {
    fn read(source: Source) -> Self {
        let text = source.read();
        let list = text.as_deref().map(List::read).unwrap_or_default();
        Self { source, text, list }
    }

    /// Reads a file again. Returns whether it has changed.
    fn follow(&mut self) -> bool {
        // The environment of a program does not change from outside.
        if !self.source.is_file() {
            return false;
        }
        let text = self.source.read();
        if text == self.text {
            return false;
        }
        self.list = text.as_deref().map(List::read).unwrap_or_default();
        self.text = text;
        true
    }

    fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.source)
    }

    fn entries(&self, duplicates: &Duplicates) -> impl Iterator<Item = &Arc<Entry>> {
        let entries = self.list.entries.iter().map(|(_, entry)| entry);
        entries.filter(|entry| !duplicates.contains_key(&entry.hash.to_string()))
    }

    /// Returns the mistakes in the order of their lines.
    fn mistakes(&self, duplicates: &Duplicates) -> Vec<Mistake> {
        let entries = self.list.entries.iter();
        let duplicates = entries.filter_map(|(line, entry)| {
            let place = self.place(*line);
            let places = duplicates.get(&entry.hash.to_string())?;
            let other = places.iter().find(|other| **other != place);
            let other = other.unwrap_or(&place);
            let problem = format!("has the same hash as {other}; remove one of them");
            Some(Mistake {
                line: *line,
                problem,
            })
        });
        let mut mistakes = self.list.mistakes.clone();
        mistakes.extend(duplicates);
        mistakes.sort_by_key(|mistake| mistake.line);
        mistakes
    }
}
