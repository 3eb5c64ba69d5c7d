//! The operations of two reports, side by side.

use std::collections::HashMap;

use super::arguments;
use super::changes::OperationChange;
use super::pairs::{self, Operation, Side};
use super::search::{Change, Search};
use crate::report::contents::{Report, ReportedOperation, ReportedRequirement};
use crate::report::label::Labels;

/// Returns the changes of operations, by server, kind and name.
pub(super) fn operation_changes(old: &Report, new: &Report) -> Vec<OperationChange> {
    let (mut before, mut after) = (side(old), side(new));
    let mut comparison = Comparison::new(old, new);
    let pairs = pairs::pair(&mut before, &mut after, |one, other| {
        let (gains, _) = comparison.compare(&one.requirement, &other.requirement);
        gains.is_some()
    });
    let mut changes = Vec::new();
    for pair in pairs {
        let (one, other) = (pair.old, pair.new);
        let change = comparison.change((&before, one), (&after, other));
        // The same name on another function, or the same function under another name: what opens
        // either counts.
        let looser = Some(&change)
            .filter(|change| !pair.is_exact && !change.is_loosening())
            .and_then(|_| {
                comparison.looser(&before, (&after, other), &|number| !before.is_exact(number))
            });
        changes.extend(looser.or_else(|| Some(change).filter(OperationChange::is_change)));
    }
    for number in before.single() {
        let operation = &before.operations[number];
        changes.push(OperationChange::Removed {
            operation: before.name(number),
            required: operation.text.clone(),
            public: operation.reported.requirement == ReportedRequirement::Public,
        });
    }
    for number in after.single() {
        // Were it new, what it opens would not show.
        let looser = comparison.looser(&before, (&after, number), &|_| true);
        let operation = &after.operations[number];
        changes.push(looser.unwrap_or_else(|| OperationChange::Added {
            operation: after.name(number),
            requires: operation.text.clone(),
            public: operation.reported.requirement == ReportedRequirement::Public,
        }));
    }
    changes.sort_by(|one, other| one.operation().cmp(other.operation()));
    changes
}

fn side(report: &Report) -> Side<'_> {
    let labels = Labels::of_report(report);
    let mut known = HashMap::new();
    let operations = report.operations.iter().map(|reported| {
        let requirement = &reported.requirement;
        let text: &String = known
            .entry(requirement)
            .or_insert_with(|| labels.requirement(requirement, &str::to_owned));
        let text = text.clone();
        Operation { reported, text }
    });
    Side::new(operations.collect())
}

/// Requirements of two reports, side by side.
struct Comparison<'r> {
    search: Search<'r>,
    known: HashMap<(&'r ReportedRequirement, &'r ReportedRequirement), Change>,
}

impl<'r> Comparison<'r> {
    fn new(old: &'r Report, new: &'r Report) -> Self {
        Self {
            search: Search::new(old, new),
            known: HashMap::new(),
        }
    }

    /// Returns the change from one operation to another.
    fn change(
        &mut self,
        (before, one): (&Side<'r>, usize),
        (after, other): (&Side<'r>, usize),
    ) -> OperationChange {
        let (old, new) = (&before.operations[one], &after.operations[other]);
        let (gains, loses) = self.compare(&old.reported.requirement, &new.reported.requirement);
        OperationChange::Changed {
            was: before.name(one),
            is: after.name(other),
            required: old.text.clone(),
            requires: new.text.clone(),
            gains,
            loses,
            arguments: arguments::changes(old.reported, new.reported),
        }
    }

    /// Returns the change by which a caller gains, from one of the old operations that have the
    /// name or the function of a new one.
    fn looser(
        &mut self,
        before: &Side<'r>,
        (after, other): (&Side<'r>, usize),
        is_compared: &dyn Fn(usize) -> bool,
    ) -> Option<OperationChange> {
        let new = after.operations[other].reported;
        let is_related = |old: &ReportedOperation| {
            let is_namesake =
                (&old.server, old.kind, &old.name) == (&new.server, new.kind, &new.name);
            is_namesake || (!old.path.is_empty() && old.path == new.path)
        };
        let related = (0..before.operations.len()).filter(|number| {
            is_compared(*number) && is_related(before.operations[*number].reported)
        });
        let related: Vec<usize> = related.collect();
        related
            .into_iter()
            .map(|one| self.change((before, one), (after, other)))
            .find(OperationChange::is_loosening)
    }

    /// Finds callers who gain by the change, and callers who lose.
    fn compare(&mut self, old: &'r ReportedRequirement, new: &'r ReportedRequirement) -> Change {
        let change = self.known.entry((old, new));
        change
            .or_insert_with(|| self.search.compare(old, new))
            .clone()
    }
}
