//! The operations of two reports, side by side.

use std::collections::HashMap;

use super::admission::{self, Found};
use super::changes::{OperationChange, OperationName, Witness};
use super::formula::{self, Formula, Vocabulary};
use super::pairs::{self, Side};
use crate::report::contents::{Report, ReportedRequirement};
use crate::report::label::Labels;
use crate::scope::{ScopeSet, ScopeToken};

/// What has changed about the operations, by server, kind and name.
pub(super) fn operation_changes(old: &Report, new: &Report) -> Vec<OperationChange> {
    let (mut before, mut after) = (side(old), side(new));
    let mut comparison = Comparison::new(old, new);
    let mut changes = Vec::new();
    for (one, other) in pairs::pair(&mut before, &mut after) {
        let (old, new) = (&before.operations[one], &after.operations[other]);
        let (gains, loses) = comparison.compare(&old.0.requirement, &new.0.requirement);
        let (was, is) = (OperationName::from(old.0), OperationName::from(new.0));
        let is_same = was == is && old.1 == new.1;
        if !is_same || gains.is_some() || loses.is_some() {
            changes.push(OperationChange::Changed {
                was,
                is,
                required: old.1.clone(),
                requires: new.1.clone(),
                gains,
                loses,
            });
        }
    }
    for number in before.single() {
        let (operation, required) = &before.operations[number];
        changes.push(OperationChange::Removed {
            operation: (*operation).into(),
            required: required.clone(),
        });
    }
    for number in after.single() {
        let (operation, requires) = &after.operations[number];
        let namesakes = before.operations.iter().filter(|(old, _)| {
            (&old.server, old.kind, &old.name)
                == (&operation.server, operation.kind, &operation.name)
        });
        // Of several functions of one name, nobody can say which one this was. Were it new, what it
        // opens would not show.
        let compared = namesakes.map(|(old, required)| {
            let (gains, loses) = comparison.compare(&old.requirement, &operation.requirement);
            (gains, loses, required)
        });
        if let Some((gains, loses, required)) = compared.max_by_key(|(gains, ..)| gains.is_some()) {
            changes.push(OperationChange::Changed {
                was: (*operation).into(),
                is: (*operation).into(),
                required: required.clone(),
                requires: requires.clone(),
                gains,
                loses,
            });
            continue;
        }
        changes.push(OperationChange::Added {
            operation: (*operation).into(),
            requires: requires.clone(),
            public: operation.requirement == ReportedRequirement::Public,
        });
    }
    changes.sort_by(|one, other| one.operation().cmp(other.operation()));
    changes
}

fn side(report: &Report) -> Side<'_> {
    let labels = Labels::of_report(report);
    let mut known = HashMap::new();
    let operations = report.operations.iter().map(|operation| {
        let requirement = &operation.requirement;
        let text: &String = known
            .entry(requirement)
            .or_insert_with(|| labels.requirement(requirement, &str::to_owned));
        (operation, text.clone())
    });
    Side::new(operations.collect())
}

type Change = (Option<Witness>, Option<Witness>);

/// Requirements of two reports, side by side.
struct Comparison<'r> {
    names: Vec<&'r str>,
    vocabularies: [Vocabulary; 2],
    /// Names that say little of themselves first: those that bring most.
    order: Vec<usize>,
    known: HashMap<(&'r ReportedRequirement, &'r ReportedRequirement), Change>,
}

impl<'r> Comparison<'r> {
    fn new(old: &'r Report, new: &'r Report) -> Self {
        let (names, vocabularies) = formula::number(old, new);
        let mut brings: HashMap<&str, (bool, usize)> = HashMap::new();
        for scope in old.scopes.iter().chain(&new.scopes) {
            let known = brings.entry(scope.name.as_str()).or_default();
            *known = (known.0 || scope.hidden, known.1.max(scope.implied.len()));
        }
        let mut order: Vec<usize> = (0..names.len()).collect();
        order.sort_by_key(|name| std::cmp::Reverse((brings[names[*name]], *name)));
        Self {
            names,
            vocabularies,
            order,
            known: HashMap::new(),
        }
    }

    /// Who gains by the change, and who loses.
    fn compare(&mut self, old: &'r ReportedRequirement, new: &'r ReportedRequirement) -> Change {
        if let Some(known) = self.known.get(&(old, new)) {
            return known.clone();
        }
        let formula = |place: usize, requirement: &ReportedRequirement| {
            let expression = requirement.expression();
            expression.map(|expression| self.vocabularies[place].formula(expression))
        };
        let (before, after) = (formula(0, old), formula(1, new));
        let change = (
            self.admitted((new, after.as_ref()), (old, before.as_ref())),
            self.admitted((old, before.as_ref()), (new, after.as_ref())),
        );
        self.known.insert((old, new), change.clone());
        change
    }

    fn admitted(
        &self,
        (by, formula): (&ReportedRequirement, Option<&Formula>),
        (not_by, other): (&ReportedRequirement, Option<&Formula>),
    ) -> Option<Witness> {
        use ReportedRequirement::Public;
        let Some(other) = other else {
            let gains = *by == Public && *not_by != Public;
            return gains.then_some(Witness::Anonymous);
        };
        let Some(formula) = formula else {
            return Some(match by {
                Public => Witness::Anonymous,
                _ => Witness::Scopes(ScopeSet::new()),
            });
        };
        match admission::admitted(formula, other, &self.order) {
            Found::Set(names) => Some(Witness::Scopes(self.set(&names))),
            Found::None => None,
            Found::Unknown => Some(Witness::Unknown),
        }
    }

    fn set(&self, names: &[usize]) -> ScopeSet {
        let names = names.iter().map(|name| self.names[*name]);
        names.map(ScopeToken::from_valid).collect()
    }
}
