//! Which operation of one report is which of the other.

use std::collections::HashMap;
use std::hash::Hash;

use crate::report::contents::ReportedOperation;
use crate::scope::suggestion;

/// More namesakes are not compared letter by letter.
const COMPARED: usize = 64;

/// The operations of two reports, each with its requirement as text.
pub(super) struct Side<'r> {
    pub(super) operations: Vec<(&'r ReportedOperation, String)>,
    paired: Vec<bool>,
}

impl<'r> Side<'r> {
    pub(super) fn new(operations: Vec<(&'r ReportedOperation, String)>) -> Self {
        let paired = vec![false; operations.len()];
        Self { operations, paired }
    }

    /// The numbers of those without a partner.
    pub(super) fn single(&self) -> Vec<usize> {
        let numbers = 0..self.operations.len();
        numbers.filter(|number| !self.paired[*number]).collect()
    }

    fn groups<K: Hash + Eq>(&self, key: impl Fn(usize) -> K) -> HashMap<K, Vec<usize>> {
        let mut groups: HashMap<K, Vec<usize>> = HashMap::new();
        for number in self.single() {
            groups.entry(key(number)).or_default().push(number);
        }
        groups
    }
}

/// Pairs what is the same operation: by its whole name; by its name, where only the kind or only
/// the server is another; and by what it requires, where its name is nearly the same.
pub(super) fn pair(old: &mut Side<'_>, new: &mut Side<'_>) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    // Of functions that share a name, those first that have not changed.
    step(old, new, &mut pairs, Step::Each, |operation, text| {
        let ReportedOperation {
            server, kind, name, ..
        } = operation;
        (
            server.clone(),
            Some(*kind),
            name.clone(),
            Some(text.to_owned()),
        )
    });
    step(old, new, &mut pairs, Step::Each, |operation, _| {
        let ReportedOperation {
            server, kind, name, ..
        } = operation;
        (server.clone(), Some(*kind), name.clone(), None::<String>)
    });
    step(old, new, &mut pairs, Step::Only, |operation, _| {
        (operation.server.clone(), operation.name.clone())
    });
    step(old, new, &mut pairs, Step::Only, |operation, _| {
        (operation.kind, operation.name.clone())
    });
    step(old, new, &mut pairs, Step::Near, |operation, text| {
        (operation.server.clone(), operation.kind, text.to_owned())
    });
    pairs.sort_unstable();
    pairs
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// One after the other, as far as they go.
    Each,
    /// Where there is one on either side.
    Only,
    /// Those whose names are near.
    Near,
}

fn step<K: Hash + Eq>(
    old: &mut Side<'_>,
    new: &mut Side<'_>,
    pairs: &mut Vec<(usize, usize)>,
    step: Step,
    key: impl Fn(&ReportedOperation, &str) -> K,
) {
    let key_of = |side: &Side<'_>, number: usize| {
        let (operation, text) = &side.operations[number];
        key(operation, text)
    };
    let mut newer = new.groups(|number| key_of(new, number));
    let older = old.groups(|number| key_of(old, number));
    for (key, before) in older {
        let Some(after) = newer.get_mut(&key) else {
            continue;
        };
        let found: Vec<(usize, usize)> = match step {
            Step::Only if (before.len(), after.len()) != (1, 1) => continue,
            Step::Each | Step::Only => before.into_iter().zip(after.iter().copied()).collect(),
            Step::Near => near(old, new, &before, after),
        };
        for (one, other) in found {
            (old.paired[one], new.paired[other]) = (true, true);
            pairs.push((one, other));
        }
    }
}

/// The nearest names first, each once.
fn near(old: &Side<'_>, new: &Side<'_>, before: &[usize], after: &[usize]) -> Vec<(usize, usize)> {
    if before.len().max(after.len()) > COMPARED {
        return Vec::new();
    }
    let name = |side: &Side<'_>, number: usize| side.operations[number].0.name.clone();
    let mut all = Vec::new();
    for one in before {
        for other in after {
            let (from, to) = (name(old, *one), name(new, *other));
            let distance = if words(&from) == words(&to) {
                Some(0)
            } else {
                suggestion::slip(&from, &to)
            };
            all.extend(distance.map(|distance| (distance, *one, *other)));
        }
    }
    all.sort_unstable();
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (_, one, other) in all {
        if !found.iter().any(|pair| pair.0 == one || pair.1 == other) {
            found.push((one, other));
        }
    }
    found
}

/// `entries.list` and `list_entries` have the same.
fn words(name: &str) -> Vec<String> {
    let words = name.split(|character: char| !character.is_alphanumeric());
    let mut words: Vec<String> = words.map(str::to_lowercase).collect();
    words.sort_unstable();
    words
}
