//! The search for a set of scopes that one requirement admits and another does not.
//!
//! That asks for names that satisfy one tree and not the other: a question for a SAT solver. Each
//! group becomes a variable that, where it is true, makes the group be what it is wanted to be. Only
//! that direction is written down (Plaisted and Greenbaum), so a group takes one clause, or one for
//! each member.

use std::cell::Cell;

use batsat::{Callbacks, Lit, Solver, SolverInterface, SolverOpts, Var, lbool};

use crate::scope::Tree;
use crate::scope::requirement::tree::{Join, Node};

/// After so many steps the search is given up.
const STEPS: u64 = 50_000;

/// The result of a search.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<S> {
    /// These names are admitted by the one, and not by the other.
    Set(S),
    /// There are none.
    None,
    /// The search was given up.
    Unknown,
}

/// Returns a set that `by` admits and `not_by` does not, none of whose names can be left out. `None`
/// admits no set. `order` has the numbers of all names, those first that are best left out.
pub(super) fn admitted(
    by: &Tree<usize>,
    not_by: Option<&Tree<usize>>,
    order: &[usize],
) -> Found<Vec<usize>> {
    if Some(by) == not_by {
        return Found::None;
    }
    let holds = |tree: &Tree<usize>, there: &[bool]| tree.is_satisfied(&|name| there[*name]);
    let is_denied = |there: &[bool]| !not_by.is_some_and(|tree| holds(tree, there));
    let mut there = vec![false; order.len()];
    // One name is told most easily.
    for name in order.iter().rev() {
        there[*name] = true;
        if holds(by, &there) && is_denied(&there) {
            return Found::Set(vec![*name]);
        }
        there[*name] = false;
    }
    let mut search = Search {
        solver: Solver::new(SolverOpts::default(), Steps(Cell::new(0))),
        names: vec![None; order.len()],
    };
    let mut wanted = vec![search.literal(by, true)];
    wanted.extend(not_by.map(|tree| search.literal(tree, false)));
    for literal in wanted {
        search.solver.add_clause_reuse(&mut vec![literal]);
    }
    let answer = search.solver.solve_limited(&[]);
    if answer == lbool::FALSE {
        return Found::None;
    }
    if answer != lbool::TRUE {
        return Found::Unknown;
    }
    let value =
        |name: &Option<Var>| name.is_some_and(|name| search.solver.value_var(name) == lbool::TRUE);
    there = search.names.iter().map(value).collect();
    // Of the sets that will do, one that is told easily: first all that may be in it, then without
    // what need not.
    for name in order.iter().rev() {
        there[*name] = true;
        there[*name] = is_denied(&there);
    }
    for name in order {
        if std::mem::take(&mut there[*name]) && !holds(by, &there) {
            there[*name] = true;
        }
    }
    let names = 0..there.len();
    Found::Set(names.filter(|name| there[*name]).collect())
}

struct Search {
    solver: Solver<Steps>,
    /// The variables of the names that occur.
    names: Vec<Option<Var>>,
}

impl Search {
    /// Returns a literal that, where it is true, makes `tree` true or false, as `wanted` says. No
    /// group in the tree is empty.
    fn literal(&mut self, tree: &Tree<usize>, wanted: bool) -> Lit {
        let Self { solver, names } = self;
        tree.fold(&mut |node| {
            let (join, mut members) = match node {
                Node::Leaf(name) => {
                    let variable = names[*name].get_or_insert_with(|| solver.new_var_default());
                    return Lit::new(*variable, wanted);
                }
                Node::Group(join, members) => (join, members),
                Node::Match(_, arms) => (Join::Any, arms),
            };
            let group = Lit::new(solver.new_var_default(), true);
            if (join == Join::Any) == wanted {
                // One member is enough for the group to be as wanted.
                members.push(!group);
                solver.add_clause_reuse(&mut members);
            } else {
                for member in members {
                    solver.add_clause_reuse(&mut vec![!group, member]);
                }
            }
            group
        })
    }
}

/// Counts the steps of a search; unlike a clock, alike on every machine.
struct Steps(Cell<u64>);

impl Callbacks for Steps {
    fn stop(&self) -> bool {
        self.0.set(self.0.get() + 1);
        self.0.get() > STEPS
    }
}
