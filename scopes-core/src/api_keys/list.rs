//! A list of entries, as a file or a variable of the environment has it.

use std::collections::HashMap;

use super::entry::Entry;

/// The valid entries of a list, and the mistakes in the others.
#[derive(Default)]
pub(super) struct List {
    pub(super) entries: Vec<Entry>,
    pub(super) mistakes: Vec<Mistake>,
}

/// A mistake in one entry.
pub(super) struct Mistake {
    /// The number of the line, from 1.
    pub(super) line: usize,
    /// The problem, to be put behind the place. Contains no key.
    pub(super) problem: String,
}

impl List {
    pub(super) fn read(text: &str) -> Self {
        let mut list = Self::default();
        let mut seen = HashMap::new();
        for (at, text) in text.lines().enumerate() {
            let line = at + 1;
            let fields: Vec<&str> = text.split_ascii_whitespace().collect();
            if fields.first().is_none_or(|first| first.starts_with('#')) {
                continue;
            }
            let problems = match Entry::read(&fields) {
                Err(problems) => problems,
                Ok(entry) => {
                    // A hash has one spelling.
                    let first = *seen.entry(entry.hash.to_string()).or_insert(line);
                    if first == line {
                        list.entries.push(entry);
                        continue;
                    }
                    vec![format!("has the hash of line {first}; remove one of them")]
                }
            };
            let mistakes = problems.into_iter();
            let mistakes = mistakes.map(|problem| Mistake { line, problem });
            list.mistakes.extend(mistakes);
        }
        list
    }
}
