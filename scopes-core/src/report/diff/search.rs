//! The search for callers who gain between two requirements, value by value.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use indexmap::IndexMap;

use super::admission::{self, Found};
use super::changes::Witness;
use super::vocabulary::{Name, Vocabulary};
use crate::report::alternatives::{can_be, fills};
use crate::report::cases::{self, ArgumentValues};
use crate::report::contents::{Report, ReportedRequirement};
use crate::report::label::Labels;
use crate::report::leaf::{Filling, ReportedLeaf};
use crate::scope::{Access, ScopeName, ScopeSet, Tree};

/// Requirements that choose by more combinations of values are not compared.
const CASES: usize = 1_024;

/// A caller who gains by a change, and one who loses.
pub(super) type Change = (Option<Witness>, Option<Witness>);

/// Two requirements, for some values of the arguments.
struct Case {
    values: Vec<ArgumentValues>,
    /// `None` where every caller is denied.
    trees: [Option<Tree<ReportedLeaf>>; 2],
}

/// The scopes of two reports, side by side.
pub(super) struct Search<'r> {
    sides: [Vocabulary<'r>; 2],
    /// For each name of a scope, whether it is hidden, how many scopes it brings, and its number.
    ranks: HashMap<&'r str, (bool, usize, usize)>,
}

impl<'r> Search<'r> {
    pub(super) fn new(old: &'r Report, new: &'r Report) -> Self {
        let mut ranks: HashMap<&str, (bool, usize, usize)> = HashMap::new();
        for scope in old.scopes.iter().chain(&new.scopes) {
            let number = ranks.len();
            let known = ranks
                .entry(scope.name.as_str())
                .or_insert((false, 0, number));
            known.0 |= scope.hidden;
            known.1 = known.1.max(scope.implied.len());
        }
        Self {
            sides: [old, new].map(Vocabulary::of),
            ranks,
        }
    }

    /// Returns a caller who gains by the change from `old` to `new`, and one who loses.
    pub(super) fn compare(&self, old: &ReportedRequirement, new: &ReportedRequirement) -> Change {
        let (Some(before), Some(after)) = (old.expression(), new.expression()) else {
            return (without_scopes(new, old), without_scopes(old, new));
        };
        let Some(cases) = cases_of(before, after) else {
            let unknown = (!self.is_same(old, new)).then_some(Witness::Unknown);
            return (unknown.clone(), unknown);
        };
        let (gains, loses) = ((1, 0), (0, 1));
        (self.gain(&cases, gains), self.gain(&cases, loses))
    }

    /// Returns a caller that one side admits and the other does not.
    fn gain(&self, cases: &[Case], (by, not_by): (usize, usize)) -> Option<Witness> {
        let mut is_unknown = false;
        for case in cases {
            match self.admitted(case, (by, not_by)) {
                Found::Set(names) => {
                    return Some(Witness::Scopes {
                        values: self.values(&names, cases, case, (by, not_by)),
                        scopes: set_of(&names),
                    });
                }
                Found::None => {}
                Found::Unknown => is_unknown = true,
            }
        }
        is_unknown.then_some(Witness::Unknown)
    }

    /// Returns names that the one side admits for these values, and the other does not.
    fn admitted(&self, case: &Case, (by, not_by): (usize, usize)) -> Found<Vec<Name>> {
        let Some(tree) = &case.trees[by] else {
            return Found::None;
        };
        let mut names: IndexMap<Name, (bool, usize, usize)> = IndexMap::new();
        for (side, tree) in self.sides.iter().zip(&case.trees) {
            for leaf in tree.iter().flat_map(Tree::leaves) {
                for (name, place) in side.names(leaf) {
                    let scope = side.report.scopes[place].name.as_str();
                    names.entry(name).or_insert_with(|| self.ranks[scope]);
                }
            }
        }
        names.sort_by(|one, (_, _, rank), other, (_, _, further)| {
            (rank, &one.text).cmp(&(further, &other.text))
        });
        let numbers = |side: usize, tree: &Tree<ReportedLeaf>| {
            let side = &self.sides[side];
            let held: Vec<_> = names.keys().map(|name| side.held(name)).collect();
            tree.prune(|leaf| {
                let numbers = 0..held.len();
                Tree::one_of(numbers.filter(|number| side.brings(&held[*number], leaf)))
            })
        };
        let Some(wanted) = numbers(by, tree) else {
            return Found::None;
        };
        let unwanted = case.trees[not_by].as_ref();
        let unwanted = unwanted.and_then(|tree| numbers(not_by, tree));
        // Those that say little of themselves first: those that bring most.
        let mut order: Vec<usize> = (0..names.len()).collect();
        order.sort_by_key(|number| {
            let (hidden, brought, _) = names[*number];
            Reverse((hidden, brought, *number))
        });
        match admission::admitted(&wanted, unwanted.as_ref(), &order) {
            Found::Set(numbers) => {
                let names = numbers.iter().filter_map(|number| names.get_index(*number));
                Found::Set(names.map(|(name, _)| name.clone()).collect())
            }
            Found::None => Found::None,
            Found::Unknown => Found::Unknown,
        }
    }

    /// Returns the values for which these names make the difference that they make in `case`; none if
    /// they do for every value.
    fn values(
        &self,
        names: &[Name],
        cases: &[Case],
        case: &Case,
        (by, not_by): (usize, usize),
    ) -> Vec<ArgumentValues> {
        let held = |side: usize| {
            names
                .iter()
                .flat_map(move |name| self.sides[side].held(name))
        };
        // With other values, another argument may have the one that stands in a name.
        let mut fillings = held(by).chain(held(not_by)).flat_map(|held| held.fillings);
        if fillings.any(|filling| matches!(filling, Filling::Value(_))) {
            return case.values.clone();
        }
        let is_satisfied = |case: &Case, side: usize| {
            let held: Vec<_> = held(side).collect();
            let tree = case.trees[side].as_ref();
            tree.is_some_and(|tree| tree.is_satisfied(&|leaf| self.sides[side].brings(&held, leaf)))
        };
        let same = cases
            .iter()
            .filter(|other| is_satisfied(other, by) && !is_satisfied(other, not_by));
        let same: Vec<&Case> = same.collect();
        if same.len() == cases.len() {
            return Vec::new();
        }
        let is_named = |case: &&Case| matches!(&*case.values, [one] if !one.values.is_empty());
        if !same.iter().all(is_named) {
            return case.values.clone();
        }
        // All are of the one argument.
        let mut all = case.values.clone();
        let values = same.iter().flat_map(|case| &case.values[0].values);
        all[0].values = values.cloned().collect();
        all
    }

    /// Returns whether both are written in the same way, over scopes that imply the same.
    fn is_same(&self, old: &ReportedRequirement, new: &ReportedRequirement) -> bool {
        let [one, other] = [(0, old), (1, new)].map(|(side, requirement)| {
            let report = self.sides[side].report;
            let labels = Labels::of_report(report);
            let scopes = report.scopes.iter().enumerate().map(|(place, scope)| {
                let implied = scope.implied.iter().map(|other| labels.get(*other));
                let implied: BTreeSet<String> = implied.map(str::to_owned).collect();
                (labels.get(place).to_owned(), implied)
            });
            let scopes: BTreeSet<_> = scopes.collect();
            (requirement.map(|leaf| labels.of_leaf(leaf)), scopes)
        });
        one == other
    }
}

/// Returns a caller who gains, where one of the two names no scopes.
fn without_scopes(by: &ReportedRequirement, not_by: &ReportedRequirement) -> Option<Witness> {
    match (by, not_by) {
        (Access::Public, Access::Public) => None,
        (Access::Public, _) => Some(Witness::Anonymous),
        (Access::Authenticated, Access::Scopes(_)) => Some(Witness::Scopes {
            scopes: ScopeSet::new(),
            values: Vec::new(),
        }),
        _ => None,
    }
}

/// Returns both for each value that either names, and for all other values. `None` if there
/// are too many.
fn cases_of(old: &Tree<ReportedLeaf>, new: &Tree<ReportedLeaf>) -> Option<Vec<Case>> {
    let is_filling = |argument: &str| fills(old, argument) || fills(new, argument);
    let cases = cases::cases(&[old, new], &is_filling, CASES)?;
    let cases = cases.into_iter().map(|case| {
        let mut trees = case.trees.into_iter().map(|tree| {
            let tree = tree?;
            let is_open = case.values.iter().all(|known| can_be(&tree, known));
            is_open.then(|| with_values(&tree, &case.values))
        });
        let trees = [trees.next().flatten(), trees.next().flatten()];
        let values = case.values;
        Case { values, trees }
    });
    Some(cases.collect())
}

/// Returns the tree with values in the place of the arguments that have one.
fn with_values(tree: &Tree<ReportedLeaf>, values: &[ArgumentValues]) -> Tree<ReportedLeaf> {
    tree.map(|leaf| {
        let mut leaf = leaf.clone();
        for filling in &mut leaf.fillings {
            let Filling::Argument(argument) = &*filling else {
                continue;
            };
            let known = values.iter().find(|known| known.argument == *argument);
            if let Some(value) = known.and_then(|known| known.values.first()) {
                *filling = Filling::Value(value.clone());
            }
        }
        leaf
    })
}

fn set_of(names: &[Name]) -> ScopeSet {
    let names = names.iter().map(|name| ScopeName::from_valid(&name.text));
    names.collect()
}
