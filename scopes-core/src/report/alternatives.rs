//! The sets of scopes that are enough for an operation.

use indexmap::IndexSet;

use super::cases::{self, ArgumentValues};
use super::contents::{Report, ReportedRequirement};
use super::leaf::{Filling, ReportedLeaf};
use crate::scope::Tree;
use crate::scope::catalog::template;
use crate::scope::requirement::minimal::{self, KEPT};

/// The least sets of scopes that satisfy a requirement: of no other set that does, each is a part,
/// implications counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Alternatives {
    pub(super) ways: Vec<Vec<ReportedLeaf>>,
    pub(super) complete: bool,
}

impl Alternatives {
    /// The sets, in the order in which they are written.
    pub(crate) fn sets(&self) -> &[Vec<ReportedLeaf>] {
        &self.ways
    }

    /// Returns whether the list is complete: of more than 256 ways, only some are listed.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }
}

/// The contribution of one scope to one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contribution {
    /// Nothing.
    None,
    /// It is enough together with others.
    Part,
    /// It is enough by itself, or through what it implies.
    Alone,
}

/// The requirement of an operation for some values of its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReportedCase {
    /// The values; of every argument that is not named, each.
    pub(crate) values: Vec<ArgumentValues>,
    /// The requirement, without `match`.
    pub(crate) requirement: ReportedRequirement,
}

/// Returns the requirement for each value of the arguments that it matches on. A requirement
/// without `match` is one case; so is one with more than 256, as it is.
///
/// Values that no arm has are left out if they are denied. If a value of an arm is always denied,
/// its case requires `any()`, which no caller satisfies.
pub(crate) fn cases_of(requirement: &ReportedRequirement) -> Vec<ReportedCase> {
    let found = requirement.expression().and_then(|tree| {
        let is_filling = |argument: &str| fills(tree, argument);
        cases::cases(&[tree], &is_filling, KEPT)
    });
    let Some(found) = found else {
        return vec![ReportedCase {
            values: Vec::new(),
            requirement: requirement.clone(),
        }];
    };
    let nobody = || Tree::Any(Vec::new().into());
    let found = found.into_iter().filter_map(|case| {
        let tree = case.trees.into_iter().flatten().next();
        let tree = tree.filter(|tree| case.values.iter().all(|known| can_be(tree, known)));
        let is_named = case
            .values
            .last()
            .is_some_and(|known| !known.values.is_empty());
        (tree.is_some() || is_named).then(|| ReportedCase {
            values: case.values,
            requirement: ReportedRequirement::Scopes(tree.unwrap_or_else(nobody)),
        })
    });
    let cases: Vec<_> = found.collect();
    if !cases.is_empty() {
        return cases;
    }
    vec![ReportedCase {
        values: Vec::new(),
        requirement: ReportedRequirement::Scopes(nobody()),
    }]
}

impl Report {
    /// The least sets that satisfy `requirement`; of one with `match`, for some values: see
    /// [`cases_of`]. Where no scope is required, the empty set does.
    pub(crate) fn alternatives(&self, requirement: &ReportedRequirement) -> Alternatives {
        let Some(expression) = requirement.expression() else {
            let ways = vec![Vec::new()];
            return Alternatives {
                ways,
                complete: true,
            };
        };
        let mut complete = true;
        let ways = minimal::ways(
            expression,
            |leaf| self.way(vec![leaf.clone()]),
            |one, other| self.way([one.as_slice(), other].concat()),
            |ways| self.least(&ways, &mut complete),
        );
        Alternatives { ways, complete }
    }

    /// Returns the contribution of the scope at `place` to `requirement`, whose alternatives are
    /// given.
    pub(crate) fn contribution(
        &self,
        place: usize,
        requirement: &ReportedRequirement,
        alternatives: &Alternatives,
    ) -> Contribution {
        let Some(expression) = requirement.expression() else {
            return Contribution::None;
        };
        let mut held: IndexSet<ReportedLeaf> = IndexSet::new();
        for leaf in expression.leaves() {
            held.extend(self.bringing(place, leaf));
            // Without placeholders, it is the same for each leaf.
            if !held.is_empty() && !self.scopes[place].is_template() {
                break;
            }
        }
        let is_enough =
            |held: &ReportedLeaf| expression.is_satisfied(&|leaf| self.brings(held, leaf));
        if held.iter().any(is_enough) {
            return Contribution::Alone;
        }
        let mut scopes = alternatives.ways.iter().flatten();
        if scopes.any(|leaf| self.bringing(place, leaf).is_some()) {
            Contribution::Part
        } else {
            Contribution::None
        }
    }

    /// Returns the scopes to ask for, ascending: what another brings along need not be asked for.
    fn way(&self, mut written: Vec<ReportedLeaf>) -> Vec<ReportedLeaf> {
        written.sort_unstable();
        written.dedup();
        let is_needed = |leaf: &&ReportedLeaf| {
            let mut others = written.iter().filter(|other| other != leaf);
            !others.any(|other| {
                self.brings(other, leaf) && (!self.brings(leaf, other) || other < *leaf)
            })
        };
        written.iter().filter(is_needed).cloned().collect()
    }

    /// Returns the ways of which no other is a part, in the same order, and not too many.
    fn least(&self, ways: &[Vec<ReportedLeaf>], complete: &mut bool) -> Vec<Vec<ReportedLeaf>> {
        let is_part = |part: usize, whole: usize| {
            let mut part = ways[part].iter();
            part.all(|leaf| ways[whole].iter().any(|held| self.brings(held, leaf)))
        };
        // Where not all are kept, the shorter ones are.
        let mut order: Vec<usize> = (0..ways.len()).collect();
        order.sort_by_key(|number| ways[*number].len());
        let mut kept: Vec<usize> = Vec::new();
        for number in order {
            if kept.iter().any(|of| is_part(*of, number)) {
                continue;
            }
            kept.retain(|of| !is_part(number, *of));
            kept.push(number);
            if kept.len() > KEPT {
                kept.pop();
                *complete = false;
                break;
            }
        }
        kept.sort_unstable();
        kept.into_iter()
            .map(|number| ways[number].clone())
            .collect()
    }
}

/// Returns whether the argument fills a placeholder in `tree`.
pub(super) fn fills(tree: &Tree<ReportedLeaf>, argument: &str) -> bool {
    let mut fillings = tree.leaves().flat_map(|leaf| &leaf.fillings);
    fillings.any(|filling| matches!(filling, Filling::Argument(other) if other == argument))
}

/// Returns whether the placeholders of `tree` can have this value.
pub(super) fn can_be(tree: &Tree<ReportedLeaf>, known: &ArgumentValues) -> bool {
    let is_value = known.values.iter().all(|value| template::is_value(value));
    is_value || !fills(tree, &known.argument)
}
