//! Which scopes to ask for: the wire has no OR, so one complete alternative is chosen.

use indexmap::IndexSet;

use super::expression::{Expression, RequiredScope};

/// How many ways are kept while groups are combined.
const KEPT: usize = 256;

/// The scopes of an expression, and which of them the caller holds.
struct Scopes<'e> {
    all: IndexSet<&'e RequiredScope>,
    held: Vec<bool>,
}

/// One way to satisfy an expression: the numbers of its scopes, ascending.
type Way = Vec<usize>;

/// Of all ways to satisfy `expression`, the one with the fewest scopes that are not held; between
/// equals, the one written first. Empty where there is no way.
pub(crate) fn cheapest(
    expression: &Expression,
    is_held: impl Fn(&RequiredScope) -> bool,
) -> Vec<&RequiredScope> {
    let all: IndexSet<&RequiredScope> = expression.leaves().collect();
    let held = all.iter().map(|scope| is_held(scope)).collect();
    let scopes = Scopes { all, held };
    let ways = scopes.ways(expression);
    let cheapest = ways
        .into_iter()
        .min_by_key(|way| scopes.missing(way))
        .unwrap_or_default();
    cheapest
        .into_iter()
        .map(|number| scopes.all[number])
        .collect()
}

impl Scopes<'_> {
    fn missing(&self, way: &Way) -> usize {
        way.iter().filter(|number| !self.held[**number]).count()
    }

    /// The ways to satisfy `expression`, in the order in which they are written.
    fn ways(&self, expression: &Expression) -> Vec<Way> {
        match expression {
            Expression::Scope(scope) => self
                .all
                .get_index_of(scope)
                .map(|n| vec![n])
                .into_iter()
                .collect(),
            Expression::Any(members) => self.keep(
                members
                    .iter()
                    .flat_map(|member| self.ways(member))
                    .collect(),
            ),
            Expression::All(members) if members.is_empty() => Vec::new(),
            Expression::All(members) => members.iter().fold(vec![Way::new()], |ways, member| {
                let further = self.ways(member);
                self.keep(
                    ways.iter()
                        .flat_map(|way| further.iter().map(|more| union(way, more)))
                        .collect(),
                )
            }),
        }
    }

    /// Drops the dearest ways where there are too many.
    fn keep(&self, mut ways: Vec<Way>) -> Vec<Way> {
        if ways.len() > KEPT {
            ways.sort_by_cached_key(|way| self.missing(way));
            ways.truncate(KEPT);
        }
        ways
    }
}

fn union(one: &Way, other: &Way) -> Way {
    let mut union: Way = one.iter().chain(other).copied().collect();
    union.sort_unstable();
    union.dedup();
    union
}
