//! A list of entries, as a file or a variable of the environment has it.

use std::sync::Arc;

use super::entry::Entry;

/// The valid entries of a list, each with the number of its line from 1, and the mistakes in the others.
#[derive(Default)]
pub(super) struct List {
    pub(super) entries: Vec<(usize, Arc<Entry>)>,
    pub(super) mistakes: Vec<Mistake>,
}

/// A mistake in one entry.
#[derive(Clone)]
pub(super) struct Mistake {
    /// The number of the line, from 1.
    pub(super) line: usize,
    /// The problem, to be put behind the place. Contains no key.
    pub(super) problem: String,
}

impl List {
    pub(super) fn read(text: &str) -> Self {
        let mut list = Self::default();
        for (at, text) in text.lines().enumerate() {
            let line = at + 1;
            let fields: Vec<&str> = text.split_ascii_whitespace().collect();
            if fields.first().is_none_or(|first| first.starts_with('#')) {
                continue;
            }
            match Entry::read(&fields) {
                Ok(entry) => list.entries.push((line, Arc::new(entry))),
                Err(problems) => {
                    let mistakes = problems.into_iter();
                    let mistakes = mistakes.map(|problem| Mistake { line, problem });
                    list.mistakes.extend(mistakes);
                }
            }
        }
        list
    }
}
