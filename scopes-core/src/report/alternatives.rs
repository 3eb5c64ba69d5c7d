//! The sets of scopes that are enough for an operation.

use super::contents::{Report, ReportedRequirement};
use crate::scope::requirement::minimal::{self, KEPT};

/// The least sets of scopes that satisfy a requirement: of no other set that does, each is a part,
/// implications counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Alternatives {
    pub(super) ways: Vec<Vec<usize>>,
    pub(super) complete: bool,
}

impl Alternatives {
    /// The sets, as places of scopes, in the order in which they are written.
    pub(crate) fn sets(&self) -> &[Vec<usize>] {
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

impl Report {
    /// The least sets that satisfy `requirement`. Where no scope is required, the empty set does.
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
            |place| self.way(vec![*place]),
            |one, other| self.way([one.written.as_slice(), &other.written].concat()),
            |ways| least(ways, &mut complete),
        );
        let ways = ways.into_iter().map(|way| way.written).collect();
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
        let scope = &self.scopes[place];
        let brings = |other: &usize| *other == place || scope.implied.binary_search(other).is_ok();
        if expression.is_satisfied(&brings) {
            return Contribution::Alone;
        }
        let mut scopes = alternatives.ways.iter().flatten();
        if scopes.any(brings) {
            Contribution::Part
        } else {
            Contribution::None
        }
    }

    fn way(&self, mut written: Vec<usize>) -> Way {
        written.sort_unstable();
        written.dedup();
        let brings =
            |one: usize, other: usize| self.scopes[one].implied.binary_search(&other).is_ok();
        // What another brings along need not be asked for.
        let needed: Vec<usize> = written
            .iter()
            .copied()
            .filter(|place| {
                let mut others = written.iter().filter(|other| *other != place);
                !others.any(|other| {
                    brings(*other, *place) && (!brings(*place, *other) || other < place)
                })
            })
            .collect();
        let mut brought = needed.clone();
        for place in &needed {
            brought.extend(&self.scopes[*place].implied);
        }
        brought.sort_unstable();
        brought.dedup();
        Way {
            written: needed,
            brought,
        }
    }
}

/// One way to satisfy an expression.
struct Way {
    /// The scopes to ask for, ascending.
    written: Vec<usize>,
    /// They, and all that they imply, ascending.
    brought: Vec<usize>,
}

/// The ways of which no other is a part, in the same order, and not too many.
fn least(mut ways: Vec<Way>, complete: &mut bool) -> Vec<Way> {
    // The shorter can make the longer superfluous, never the other way round.
    let mut order: Vec<usize> = (0..ways.len()).collect();
    order.sort_by_key(|number| ways[*number].brought.len());
    let mut kept: Vec<usize> = Vec::new();
    for number in order {
        let is_part = |of: &usize| is_subset(&ways[*of].brought, &ways[number].brought);
        if !kept.iter().any(is_part) {
            kept.push(number);
        }
        if kept.len() > KEPT {
            kept.pop();
            *complete = false;
            break;
        }
    }
    let mut number = 0;
    kept.sort_unstable();
    ways.retain(|_| {
        number += 1;
        kept.binary_search(&(number - 1)).is_ok()
    });
    ways
}

fn is_subset(part: &[usize], whole: &[usize]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|item| rest.any(|other| other == item))
}
