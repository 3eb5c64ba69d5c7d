//! Reads values of each kind, and notes every mistake.

use std::time::Duration;

use super::entry::{Entries, Written};
use super::error::{ConfigurationError, ConfigurationProblem};
use super::value;
use crate::scope::catalog::typo;
use crate::setting::{CheckSettingsError, InvalidSetting, Setting};

/// The entries, and the mistakes in them so far.
pub(super) struct Reader {
    pub(super) entries: Entries,
    problems: Vec<ConfigurationProblem>,
}

impl Reader {
    pub(super) const fn new(entries: Entries) -> Self {
        Self {
            entries,
            problems: Vec::new(),
        }
    }

    /// Notes a mistake of `key`. `problem` is put behind the value or, without one, behind the name.
    pub(super) fn note(&mut self, key: &str, value: Option<String>, problem: String) {
        let name = self.entries.name(key);
        let problem = ConfigurationProblem::new(key, name, value, problem);
        self.problems.push(problem);
    }

    /// Notes what a builder has found. What another builder has found, too, is noted once.
    pub(super) fn note_all<S: Setting>(
        &mut self,
        error: &CheckSettingsError<S>,
        key_of: impl Fn(&InvalidSetting<S>) -> &'static str,
    ) {
        for problem in error.problems() {
            let key = key_of(problem);
            let name = self.entries.name(key);
            let problem = ConfigurationProblem::of(key, name, problem);
            let is_known = |known: &ConfigurationProblem| known.is_of(&problem);
            if !self.problems.iter().any(is_known) {
                self.problems.push(problem);
            }
        }
    }

    fn ask(&mut self, key: &str) -> Option<Written> {
        let problem = match self.entries.ask(key)? {
            Written::Unfit(problem) => problem,
            Written::Text(text) if text.trim().is_empty() => EMPTY,
            Written::List(texts) if texts.is_empty() => EMPTY,
            Written::List(texts) if texts.iter().any(|text| text.trim().is_empty()) => EMPTY,
            fit => return Some(fit),
        };
        self.note(key, None, problem.to_owned());
        None
    }

    /// Returns the value of `key` if `parse` takes it, which returns what is put behind the value.
    pub(super) fn parsed<T>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.text(key)?;
        let parsed = parse(&text);
        parsed
            .map_err(|problem| self.note(key, Some(text), problem))
            .ok()
    }

    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        match self.ask(key)? {
            Written::Text(text) => Some(text),
            Written::List(_) | Written::Unfit(_) => {
                self.note(key, None, "is a list; write one value".to_owned());
                None
            }
        }
    }

    pub(super) fn list(&mut self, key: &str) -> Vec<String> {
        let listed = match self.ask(key) {
            None | Some(Written::Unfit(_)) => return Vec::new(),
            Some(Written::List(listed)) => return listed,
            Some(Written::Text(text)) => text,
        };
        let listed = listed.split(',').map(|item| item.trim().to_owned());
        let listed: Vec<_> = listed.collect();
        if listed.iter().any(String::is_empty) {
            let problem = "has an empty value between commas; remove a comma";
            self.note(key, None, problem.to_owned());
            return Vec::new();
        }
        listed
    }

    pub(super) fn flag(&mut self, key: &str) -> Option<bool> {
        self.parsed(key, value::flag)
    }

    pub(super) fn is_set(&mut self, key: &str) -> bool {
        self.flag(key).unwrap_or_default()
    }

    pub(super) fn duration(&mut self, key: &str) -> Option<Duration> {
        self.parsed(key, value::duration)
    }

    pub(super) fn number<T: TryFrom<u64>>(&mut self, key: &str) -> Option<T> {
        self.parsed(key, value::number)
    }

    /// Returns one of `choices`, each with its word.
    pub(super) fn choice<T: Copy>(&mut self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        self.parsed(key, |text| value::choice(text, choices))
    }

    /// Returns the secret at `key`, or in the file that `key` with `_file` behind it names. Messages
    /// never show it.
    pub(super) fn secret(&mut self, key: &str) -> Option<String> {
        let in_file = format!("{key}_file");
        let (given, file) = (self.text(key), self.text(&in_file));
        let path = match (given, file) {
            (Some(_), Some(_)) => {
                let name = self.entries.name(key);
                let problem = format!("and {name} are both set; remove one of them");
                self.note(&in_file, None, problem);
                return None;
            }
            (given, None) => return given,
            (None, Some(path)) => path,
        };
        let problem = match value::secret_in(&path) {
            Ok(secret) => return Some(secret),
            Err(problem) => problem,
        };
        self.note(&in_file, Some(path), problem);
        None
    }

    /// Returns whether `key` is written, also with an invalid value.
    pub(super) fn is_written(&self, key: &str) -> bool {
        self.entries.contains(key)
    }

    /// The same, but for a default of the program.
    pub(super) fn is_chosen(&self, key: &str) -> bool {
        self.entries.is_chosen(key)
    }

    pub(super) fn note_unknown(&mut self) {
        let (unknown, known) = self.entries.unknown();
        for name in unknown {
            let near = known.iter().filter_map(|known| {
                let (known_part, part) = (self.entries.bare(known), self.entries.bare(&name));
                let distance = typo::distance(known_part, part)?;
                Some((distance, known))
            });
            let problem = match near.min() {
                Some((_, meant)) => format!("is unknown; did you mean {meant}?"),
                None => "is unknown; remove it".to_owned(),
            };
            let problem = ConfigurationProblem::new(&name, name.clone(), None, problem);
            self.problems.push(problem);
        }
    }

    /// Returns `value` if there are no mistakes.
    pub(super) fn check<T>(&self, value: T) -> Result<T, ConfigurationError> {
        self.check_some(Some(value))
    }

    /// The same for what cannot be made after a mistake.
    pub(super) fn check_some<T>(&self, value: Option<T>) -> Result<T, ConfigurationError> {
        match value {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(ConfigurationError::new(self.problems.clone())),
        }
    }
}

const EMPTY: &str = "is empty; remove it, or write a value";
