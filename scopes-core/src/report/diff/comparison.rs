//! The operations of two reports, side by side.

use std::collections::HashMap;

use super::admission::{self, Found};
use super::changes::{OperationChange, Witness};
use super::pairs::{self, Operation, Side};
use crate::report::contents::{Report, ReportedOperation, ReportedRequirement};
use crate::report::label::Labels;
use crate::scope::{Access, ScopeName, ScopeSet, Tree};

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

type Change = (Option<Witness>, Option<Witness>);

/// Requirements of two reports, side by side.
struct Comparison<'r> {
    names: Vec<&'r str>,
    /// For each report, the names that bring each of its scopes.
    brought_by: [Vec<Vec<usize>>; 2],
    /// Names that say little of themselves first: those that bring most.
    order: Vec<usize>,
    known: HashMap<(&'r ReportedRequirement, &'r ReportedRequirement), Change>,
}

impl<'r> Comparison<'r> {
    fn new(old: &'r Report, new: &'r Report) -> Self {
        let mut names: Vec<&str> = Vec::new();
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        for scope in old.scopes.iter().chain(&new.scopes) {
            numbers.entry(scope.name.as_str()).or_insert_with(|| {
                names.push(scope.name.as_str());
                names.len() - 1
            });
        }
        let mut brings: HashMap<&str, (bool, usize)> = HashMap::new();
        for scope in old.scopes.iter().chain(&new.scopes) {
            let known = brings.entry(scope.name.as_str()).or_default();
            *known = (known.0 || scope.hidden, known.1.max(scope.implied.len()));
        }
        let mut order: Vec<usize> = (0..names.len()).collect();
        order.sort_by_key(|name| std::cmp::Reverse((brings[names[*name]], *name)));
        Self {
            brought_by: [old, new].map(|report| brought_by(report, &numbers)),
            names,
            order,
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
        }
    }

    /// The change by which somebody gains, from one of the old operations that have the name or the
    /// function of a new one.
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
        if let Some(known) = self.known.get(&(old, new)) {
            return known.clone();
        }
        // A scope of the requirement is held by each name that brings it.
        let names = |brought_by: &[Vec<usize>], requirement: &ReportedRequirement| {
            let named = |place: &usize| Tree::one_of(brought_by[*place].iter().copied());
            requirement.expression().map(|tree| tree.prune(named))
        };
        let (before, after) = (
            names(&self.brought_by[0], old),
            names(&self.brought_by[1], new),
        );
        let change = (
            self.admitted((new, after.as_ref()), (old, before.as_ref())),
            self.admitted((old, before.as_ref()), (new, after.as_ref())),
        );
        self.known.insert((old, new), change.clone());
        change
    }

    /// Returns a caller that `by` admits and `not_by` does not. The trees are over names; `None` in
    /// place of one says that it cannot be satisfied.
    fn admitted(
        &self,
        (by, tree): (&ReportedRequirement, Option<&Option<Tree<usize>>>),
        (not_by, other): (&ReportedRequirement, Option<&Option<Tree<usize>>>),
    ) -> Option<Witness> {
        let Some(other) = other else {
            let gains = *by == Access::Public && *not_by != Access::Public;
            return gains.then_some(Witness::Anonymous);
        };
        let Some(tree) = tree else {
            return Some(match by {
                Access::Public => Witness::Anonymous,
                _ => Witness::Scopes(ScopeSet::new()),
            });
        };
        match admission::admitted(tree.as_ref()?, other.as_ref(), &self.order) {
            Found::Set(names) => Some(Witness::Scopes(self.set(&names))),
            Found::None => None,
            Found::Unknown => Some(Witness::Unknown),
        }
    }

    fn set(&self, names: &[usize]) -> ScopeSet {
        let names = names.iter().map(|name| self.names[*name]);
        names.map(ScopeName::from_valid).collect()
    }
}

/// Returns which names, by number, bring each scope of the report: its own, and those that imply it.
fn brought_by(report: &Report, numbers: &HashMap<&str, usize>) -> Vec<Vec<usize>> {
    let mut brought_by = vec![Vec::new(); report.scopes.len()];
    for (place, scope) in report.scopes.iter().enumerate() {
        let number = numbers[scope.name.as_str()];
        brought_by[place].push(number);
        for implied in &scope.implied {
            brought_by[*implied].push(number);
        }
    }
    for names in &mut brought_by {
        names.sort_unstable();
        names.dedup();
    }
    brought_by
}
