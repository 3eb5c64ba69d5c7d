//! The ways to satisfy a requirement, and the one to request: the `scope` parameter has no OR, so
//! one complete alternative is chosen.

use indexmap::IndexSet;

use super::required_scope::{Expression, RequiredScope};
use super::tree::{Join, Node, Tree};

/// The maximum number of ways that are kept while groups are combined.
pub(crate) const KEPT: usize = 256;

/// Enumerates the ways to satisfy `tree`, in the order in which they are written. `keep` bounds them
/// after each group.
pub(crate) fn ways<L: Clone + 'static, W>(
    tree: &Tree<L>,
    leaf: impl Fn(&L) -> W,
    together: impl Fn(&W, &W) -> W,
    mut keep: impl FnMut(Vec<W>) -> Vec<W>,
) -> Vec<W> {
    tree.fold(&mut |node| match node {
        Node::Leaf(one) => vec![leaf(one)],
        Node::Group(Join::Any, members) | Node::Match(_, members) => {
            keep(members.into_iter().flatten().collect())
        }
        Node::Group(Join::All, members) => {
            let combined = members.into_iter().reduce(|ways: Vec<W>, further| {
                let pairs = ways
                    .iter()
                    .flat_map(|way| further.iter().map(|more| together(way, more)));
                keep(pairs.collect())
            });
            combined.unwrap_or_default()
        }
    })
}

/// Returns, of all ways to satisfy `expression`, the one with the fewest scopes that are not held;
/// between equals, the one written first. Empty where there is no way. A scope that `expression` names
/// twice may be returned twice.
pub(super) fn cheapest(
    expression: &Expression,
    is_held: impl Fn(&RequiredScope) -> bool,
) -> Vec<&RequiredScope> {
    if has_one_way(expression) {
        return expression.leaves().collect();
    }
    let all: IndexSet<&RequiredScope> = expression.leaves().collect();
    let held: Vec<bool> = all.iter().map(|scope| is_held(scope)).collect();
    let missing = |way: &Vec<usize>| way.iter().filter(|number| !held[**number]).count();
    let ways = ways(
        expression,
        |scope| all.get_index_of(scope).into_iter().collect(),
        |one: &Vec<usize>, other| {
            let mut union = [one.as_slice(), other].concat();
            union.sort_unstable();
            union.dedup();
            union
        },
        |mut ways| {
            if ways.len() > KEPT {
                ways.sort_by_cached_key(missing);
                ways.truncate(KEPT);
            }
            ways
        },
    );
    let cheapest = ways.into_iter().min_by_key(missing).unwrap_or_default();
    cheapest.into_iter().map(|number| all[number]).collect()
}

/// Returns whether `expression` is plainly satisfied by all of its scopes alone, as most are.
fn has_one_way(expression: &Expression) -> bool {
    match expression {
        Tree::All(members) => members.iter().all(|member| matches!(member, Tree::Leaf(_))),
        _ => false,
    }
}
