//! Matches the operations of one report with those of the other.

use std::collections::HashMap;
use std::hash::Hash;

use super::changes::OperationName;
use crate::registry::OperationKind;
use crate::report::contents::ReportedOperation;
use crate::scope::catalog::typo;

/// So many letters differ, or have changed places, between a name and its correction.
const TYPO: usize = 1;
/// More namesakes are not compared letter by letter.
const COMPARED: usize = 64;

/// An operation, with its requirement as text.
pub(super) struct Operation<'r> {
    pub(super) reported: &'r ReportedOperation,
    pub(super) text: String,
}

/// The operations of one of two reports.
pub(super) struct Side<'r> {
    pub(super) operations: Vec<Operation<'r>>,
    partners: Vec<Partner>,
    shared: HashMap<(&'r str, OperationKind, &'r str), usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Partner {
    None,
    /// The same name on the same function.
    Exact,
    Other,
}

/// Two operations that are the same one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pair {
    pub(super) old: usize,
    pub(super) new: usize,
    /// Both the name and the function are the same.
    pub(super) is_exact: bool,
}

impl<'r> Side<'r> {
    pub(super) fn new(operations: Vec<Operation<'r>>) -> Self {
        let partners = vec![Partner::None; operations.len()];
        let mut shared = HashMap::new();
        for operation in &operations {
            *shared.entry(called(operation.reported)).or_default() += 1;
        }
        Self {
            operations,
            partners,
            shared,
        }
    }

    /// The numbers of those without a partner.
    pub(super) fn single(&self) -> Vec<usize> {
        let numbers = 0..self.operations.len();
        numbers
            .filter(|number| self.partners[*number] == Partner::None)
            .collect()
    }

    /// Returns whether the partner has the same name and the same function.
    pub(super) fn is_exact(&self, number: usize) -> bool {
        self.partners[number] == Partner::Exact
    }

    pub(super) fn name(&self, number: usize) -> OperationName {
        let reported = self.operations[number].reported;
        let namesakes = self.shared.get(&called(reported)).copied();
        OperationName::of(reported, namesakes.unwrap_or_default() > 1)
    }

    fn groups<K: Hash + Eq>(
        &self,
        key: impl Fn(&Operation<'r>) -> Option<K>,
    ) -> HashMap<K, Vec<usize>> {
        let mut groups: HashMap<K, Vec<usize>> = HashMap::new();
        for number in self.single() {
            if let Some(key) = key(&self.operations[number]) {
                groups.entry(key).or_default().push(number);
            }
        }
        groups
    }
}

/// Returns what clients call an operation by.
fn called(operation: &ReportedOperation) -> (&str, OperationKind, &str) {
    (&operation.server, operation.kind, &operation.name)
}

/// The name of the function itself, of a plain function.
fn bare(operation: &ReportedOperation) -> Option<&str> {
    (operation.kind == OperationKind::Function)
        .then(|| operation.name.rsplit("::").next())
        .flatten()
}

/// Pairs what is the same operation: first what has the same name or the same function, whatever it
/// requires; then what probably is the same, by its name.
///
/// A guess must not hide that an operation is no longer guarded. It counts only if the requirement
/// is the same, or if `is_looser` returns that a caller gains.
pub(super) fn pair<'r>(
    old: &mut Side<'r>,
    new: &mut Side<'r>,
    mut is_looser: impl FnMut(&'r ReportedOperation, &'r ReportedOperation) -> bool,
) -> Vec<Pair> {
    let mut pairs = Pairs {
        old,
        new,
        found: Vec::new(),
    };
    let any = &mut |_: &Operation<'r>, _: &Operation<'r>| true;
    // Of functions that nothing tells apart, those first that have not changed.
    pairs.step(Choice::Each, Partner::Exact, any, |operation| {
        let reported = operation.reported;
        Some((
            called(reported),
            reported.path.as_str(),
            operation.text.clone(),
        ))
    });
    pairs.step(Choice::Each, Partner::Exact, any, |operation| {
        Some((called(operation.reported), operation.reported.path.as_str()))
    });
    pairs.step(Choice::Each, Partner::Other, any, |operation| {
        Some((called(operation.reported), operation.text.clone()))
    });
    pairs.step(Choice::Each, Partner::Other, any, |operation| {
        Some(called(operation.reported))
    });
    pairs.step(Choice::Only, Partner::Other, any, |operation| {
        let path = Some(operation.reported.path.as_str());
        path.filter(|path| !path.is_empty())
    });

    let guess = &mut |one: &Operation<'r>, other: &Operation<'r>| {
        one.text == other.text || is_looser(one.reported, other.reported)
    };
    pairs.step(Choice::Only, Partner::Other, guess, |operation| {
        Some((
            operation.reported.server.as_str(),
            operation.reported.name.as_str(),
        ))
    });
    pairs.step(Choice::Only, Partner::Other, guess, |operation| {
        Some((operation.reported.kind, operation.reported.name.as_str()))
    });
    pairs.step(Choice::Only, Partner::Other, guess, |operation| {
        Some((
            operation.reported.server.as_str(),
            bare(operation.reported)?,
        ))
    });
    pairs.step(Choice::Near(TYPO), Partner::Other, guess, |operation| {
        let ReportedOperation { server, kind, .. } = operation.reported;
        Some((server.as_str(), *kind, operation.text.clone()))
    });
    let gain = &mut |one: &Operation<'r>, other: &Operation<'r>| {
        one.text != other.text && guess(one, other)
    };
    pairs.step(
        Choice::Near(usize::MAX),
        Partner::Other,
        gain,
        |operation| {
            let ReportedOperation { server, kind, .. } = operation.reported;
            Some((server.as_str(), *kind))
        },
    );
    pairs.found.sort_unstable();
    pairs.found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    /// One after the other, as far as they go.
    Each,
    /// A single one on either side.
    Only,
    /// Those whose names are at most this far from each other.
    Near(usize),
}

struct Pairs<'p, 'r> {
    old: &'p mut Side<'r>,
    new: &'p mut Side<'r>,
    found: Vec<Pair>,
}

impl<'r> Pairs<'_, 'r> {
    fn step<K: Hash + Eq>(
        &mut self,
        choice: Choice,
        partner: Partner,
        accept: &mut dyn FnMut(&Operation<'r>, &Operation<'r>) -> bool,
        key: impl Fn(&Operation<'r>) -> Option<K>,
    ) {
        let newer = self.new.groups(&key);
        for (key, before) in self.old.groups(&key) {
            let Some(after) = newer.get(&key) else {
                continue;
            };
            let candidates: Vec<(usize, usize)> = match choice {
                Choice::Only if (before.len(), after.len()) != (1, 1) => continue,
                Choice::Each | Choice::Only => {
                    before.into_iter().zip(after.iter().copied()).collect()
                }
                Choice::Near(most) => near(self.old, self.new, &before, after, most),
            };
            for (one, other) in candidates {
                let is_free = self.old.partners[one] == Partner::None
                    && self.new.partners[other] == Partner::None;
                if is_free && accept(&self.old.operations[one], &self.new.operations[other]) {
                    self.old.partners[one] = partner;
                    self.new.partners[other] = partner;
                    self.found.push(Pair {
                        old: one,
                        new: other,
                        is_exact: partner == Partner::Exact,
                    });
                }
            }
        }
    }
}

/// Those whose names are near, the nearest first.
fn near(
    old: &Side<'_>,
    new: &Side<'_>,
    before: &[usize],
    after: &[usize],
    most: usize,
) -> Vec<(usize, usize)> {
    if before.len().max(after.len()) > COMPARED {
        return Vec::new();
    }
    let mut all = Vec::new();
    for one in before {
        for other in after {
            let (from, to) = (&old.operations[*one], &new.operations[*other]);
            let distance = distance(from.reported, to.reported);
            let near = distance.filter(|distance| *distance <= most);
            all.extend(near.map(|distance| (distance, *one, *other)));
        }
    }
    all.sort_unstable();
    all.into_iter()
        .map(|(_, one, other)| (one, other))
        .collect()
}

/// Returns the edit distance of two names if one may be a correction of the other; of plain functions,
/// those of one module or type.
fn distance(from: &ReportedOperation, to: &ReportedOperation) -> Option<usize> {
    let (from, to) = match (bare(from), bare(to)) {
        (Some(one), Some(other)) => {
            let beside = from.name.strip_suffix(one) == to.name.strip_suffix(other);
            beside.then_some((one, other))?
        }
        _ => (from.name.as_str(), to.name.as_str()),
    };
    if words(from) == words(to) {
        return Some(0);
    }
    typo::distance(from, to)
}

/// `entries.list` and `list_entries` have the same.
fn words(name: &str) -> Vec<String> {
    let words = name.split(|character: char| !character.is_alphanumeric());
    let mut words: Vec<String> = words.map(str::to_lowercase).collect();
    words.sort_unstable();
    words
}
