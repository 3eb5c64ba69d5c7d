//! What has changed between two reports, in the words of permissions.
//!
//! A requirement is *looser* where it admits a set of scopes that it did not admit before, each
//! time with what the scopes of that report imply. That is computed, and such a set is named; how,
//! says `docs/decisions/loosening.md`.

mod admission;
mod formula;
mod pairs;
mod scope_changes;
mod wording;

use std::collections::HashMap;

use self::admission::Found;
use self::formula::{Formula, Vocabulary};
use self::pairs::Side;
use super::contents::{Report, ReportedOperation, ReportedRequirement};
use super::label::Labels;
use crate::registry::OperationKind;
use crate::scope::{ScopeSet, ScopeToken};

/// What has changed from one report to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    operations: Vec<OperationChange>,
    scopes: Vec<ScopeChange>,
}

/// How much a change matters, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Verdict {
    /// Nothing has changed.
    Same,
    /// Something has changed, and nobody may do more than before.
    Changed,
    /// Somebody may do what they could not before, or an operation is new and public.
    Loosened,
}

/// How an operation is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct OperationName {
    /// Which server serves it; empty for the unnamed one.
    pub server: String,
    /// How clients reach it.
    pub kind: OperationKind,
    /// The name under which they do.
    pub name: String,
}

/// What has changed about an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "there are few, and most are of the large kind"
)]
pub enum OperationChange {
    /// It is new.
    Added {
        /// Which one.
        operation: OperationName,
        /// What it requires.
        requires: String,
        /// Whether it needs no token.
        public: bool,
    },
    /// It has gone.
    Removed {
        /// Which one.
        operation: OperationName,
        /// What it required.
        required: String,
    },
    /// It has another name, or another requirement, or both.
    Changed {
        /// How it was called.
        was: OperationName,
        /// How it is called.
        is: OperationName,
        /// What it required.
        required: String,
        /// What it requires.
        requires: String,
        /// Who may call it, and could not before.
        gains: Option<Witness>,
        /// Who may not call it, and could before.
        loses: Option<Witness>,
    },
}

/// A caller for whom a change makes a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Witness {
    /// One without a token.
    Anonymous,
    /// One whose token grants exactly these scopes; none, if there are none.
    Scopes(ScopeSet),
    /// The requirements are too large to compare; there may be such a caller.
    Unknown,
}

/// What has changed about a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScopeChange {
    /// It is new.
    Added {
        /// Its name.
        scope: String,
        /// What a consent screen says of it.
        description: String,
    },
    /// It has gone.
    Removed {
        /// Its name.
        scope: String,
    },
    /// It is declared otherwise.
    Changed {
        /// Its name.
        scope: String,
        /// In what; there is at least one.
        differences: Vec<Difference>,
    },
}

/// In what a scope is declared otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// The catalog that declares it.
    Catalog {
        /// It was.
        from: Option<String>,
        /// It is.
        to: Option<String>,
    },
    /// What a consent screen says of it.
    Description {
        /// It was.
        from: String,
        /// It is.
        to: String,
    },
    /// What it implies, by name.
    Implies {
        /// It was.
        from: Vec<String>,
        /// It is.
        to: Vec<String>,
    },
    /// Whether a 401 names it now.
    Baseline(bool),
    /// Whether it is kept out of published lists now.
    Hidden(bool),
}

impl Diff {
    /// What has changed from `old` to `new`.
    #[must_use]
    pub fn between(old: &Report, new: &Report) -> Self {
        Self {
            operations: operation_changes(old, new),
            scopes: scope_changes::scope_changes(old, new),
        }
    }

    /// The changes of operations, by server, kind and name.
    #[must_use]
    pub fn operations(&self) -> &[OperationChange] {
        &self.operations
    }

    /// The changes of scopes.
    #[must_use]
    pub fn scopes(&self) -> &[ScopeChange] {
        &self.scopes
    }

    /// How much the changes matter.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self.operations.iter().any(OperationChange::is_loosening) {
            Verdict::Loosened
        } else if self.operations.is_empty() && self.scopes.is_empty() {
            Verdict::Same
        } else {
            Verdict::Changed
        }
    }
}

impl OperationChange {
    /// Whether somebody may call the operation who could not before, or it is new and public.
    #[must_use]
    pub fn is_loosening(&self) -> bool {
        match self {
            Self::Added { public, .. } => *public,
            Self::Removed { .. } => false,
            Self::Changed { gains, .. } => gains.is_some(),
        }
    }

    fn operation(&self) -> &OperationName {
        match self {
            Self::Added { operation, .. } | Self::Removed { operation, .. } => operation,
            Self::Changed { is, .. } => is,
        }
    }
}

impl From<&ReportedOperation> for OperationName {
    fn from(operation: &ReportedOperation) -> Self {
        Self {
            server: operation.server.clone(),
            kind: operation.kind,
            name: operation.name.clone(),
        }
    }
}

fn operation_changes(old: &Report, new: &Report) -> Vec<OperationChange> {
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
