//! The settings as they are written: a name and a value.

use std::ffi::OsString;
use std::fmt;

/// The spelling of keys.
#[derive(Clone, Debug)]
pub(super) enum Spelling {
    /// Variables with this prefix.
    Environment(String),
    /// Keys of a document, with a dot behind each group.
    Path,
}

/// A value as it is written.
#[derive(Clone)]
pub(super) enum Written {
    Text(String),
    List(Vec<String>),
    /// A value that no key takes; the text says what it is, to be put behind the name.
    Unfit(&'static str),
}

struct Entry {
    /// The name under which it is looked up.
    name: String,
    /// The name in messages.
    written: String,
    value: Written,
    /// `true` if the program set it, and nobody has chosen it.
    is_default: bool,
    is_asked: bool,
}

/// Everything that is written, and the keys that were asked for.
pub(super) struct Entries {
    spelling: Spelling,
    written: Vec<Entry>,
    known: Vec<String>,
}

impl Spelling {
    /// The name of `key` where a message asks the operator to set it.
    fn name(&self, key: &str) -> String {
        match self {
            Self::Environment(prefix) => {
                format!("{prefix}{}", key.replace('.', "_").to_uppercase())
            }
            Self::Path => key.to_owned(),
        }
    }
}

impl Entries {
    pub(super) fn of_variables<N: Into<OsString>, V: Into<OsString>>(
        prefix: &str,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let mut entries = Self::empty(Spelling::Environment(prefix.to_owned()));
        for (name, value) in variables {
            let Ok(name) = name.into().into_string() else {
                continue;
            };
            let Some(rest) = name.strip_prefix(prefix) else {
                continue;
            };
            let value = value.into().into_string();
            if !is_of_kubernetes(rest, value.as_deref().unwrap_or_default()) {
                let value = value.map_or(Written::Unfit("is not UTF-8"), Written::Text);
                entries.push(name.clone(), name, value);
            }
        }
        entries
    }

    pub(super) fn of_paths(values: Vec<(String, Written)>) -> Self {
        let mut entries = Self::empty(Spelling::Path);
        for (path, value) in values {
            entries.push(path.clone(), path, value);
        }
        entries
    }

    fn empty(spelling: Spelling) -> Self {
        Self {
            spelling,
            written: Vec::new(),
            known: Vec::new(),
        }
    }

    fn push(&mut self, name: String, written: String, value: Written) {
        self.written.retain(|entry| entry.name != name);
        self.written.push(Entry {
            name,
            written,
            value,
            is_default: false,
            is_asked: false,
        });
    }

    pub(super) fn set(&mut self, key: &str, written: String, value: Written) {
        self.push(self.spelling.name(key), written, value);
    }

    pub(super) fn set_default(&mut self, key: &str, written: String, value: String) {
        if self.find(key).is_some() {
            return;
        }
        self.set(key, written, Written::Text(value));
        if let Some(entry) = self.written.last_mut() {
            entry.is_default = true;
        }
    }

    /// Returns whether `key` is written, also with an invalid value.
    pub(super) fn contains(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// The same, but for a default of the program.
    pub(super) fn is_chosen(&self, key: &str) -> bool {
        self.find(key).is_some_and(|entry| !entry.is_default)
    }

    fn find(&self, key: &str) -> Option<&Entry> {
        let name = self.spelling.name(key);
        self.written.iter().find(|entry| entry.name == name)
    }

    /// Returns the value of `key`, which is known from now on.
    pub(super) fn ask(&mut self, key: &str) -> Option<Written> {
        if !self.known.iter().any(|known| known == key) {
            self.known.push(key.to_owned());
        }
        let name = self.spelling.name(key);
        let entry = self.written.iter_mut().find(|entry| entry.name == name)?;
        entry.is_asked = true;
        Some(entry.value.clone())
    }

    /// The name of `key` for a message: as it is written or, if it is missing, as it would be.
    pub(super) fn name(&self, key: &str) -> String {
        let written = self.find(key).map(|entry| entry.written.clone());
        written.unwrap_or_else(|| self.spelling.name(key))
    }

    pub(super) fn known_keys(&self) -> impl Iterator<Item = &str> {
        self.known.iter().map(String::as_str)
    }

    /// Returns a name without the prefix of all, in which there is no typo.
    pub(super) fn bare<'n>(&self, name: &'n str) -> &'n str {
        match &self.spelling {
            Spelling::Environment(prefix) => name.strip_prefix(prefix.as_str()).unwrap_or(name),
            Spelling::Path => name,
        }
    }

    /// Returns the name of each entry that was not asked for, and the names of all keys.
    pub(super) fn unknown(&self) -> (Vec<String>, Vec<String>) {
        let unknown = self.written.iter();
        let unknown = unknown.filter(|entry| !entry.is_asked && !entry.is_default);
        let names = self.known.iter().map(|key| self.spelling.name(key));
        let unknown = unknown.map(|entry| entry.written.clone());
        (unknown.collect(), names.collect())
    }

    /// Returns the keys in `group` that are written and no defaults of the program.
    pub(super) fn chosen_in(&self, group: &str) -> Vec<String> {
        let known = self.known_keys().filter(|key| key.starts_with(group));
        let chosen = known.filter(|key| self.is_chosen(key));
        chosen.map(str::to_owned).collect()
    }
}

/// Kubernetes sets such variables for every service in the namespace: with a service `journal`, the
/// program finds `JOURNAL_PORT=tcp://10.0.0.7:8788`.
fn is_of_kubernetes(rest: &str, value: &str) -> bool {
    let is_port = |rest: &str| rest.starts_with(|first: char| first.is_ascii_digit());
    rest == "SERVICE_HOST"
        || rest == "SERVICE_PORT"
        || rest.starts_with("SERVICE_PORT_")
        || rest == "PORT" && value.contains("://")
        || rest.strip_prefix("PORT_").is_some_and(is_port)
}

/// The names alone: a value can be a secret.
impl fmt::Debug for Entries {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.written.iter().map(|entry| &entry.written);
        formatter.debug_set().entries(names).finish()
    }
}
