//! Whether a requirement admits a set of scopes that another does not, and which one.
//!
//! That asks for names that make one formula true and the other false: a question for a SAT
//! solver. Each group becomes a variable that, where it is true, makes the group be what it is
//! wanted to be. Only that direction is written down (Plaisted and Greenbaum), so a group takes one
//! clause, or one for each member.

use std::cell::Cell;

use batsat::{Callbacks, Lit, Solver, SolverInterface, SolverOpts, Var, lbool};

use super::formula::Formula;

/// After so many steps the search is given up.
const STEPS: u64 = 50_000;

/// What a search has found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The names of these numbers are admitted by the one, and not by the other.
    Set(Vec<usize>),
    /// There are none.
    None,
    /// The search was given up.
    Unknown,
}

/// A set that `by` admits, and `not_by` does not, and that can do without none of its names.
/// `order` has the numbers of all names, those first that are best left out.
pub(super) fn admitted(by: &Formula, not_by: &Formula, order: &[usize]) -> Found {
    if by == not_by {
        return Found::None;
    }
    let mut there = vec![false; order.len()];
    // One name is told most easily.
    for name in order.iter().rev() {
        there[*name] = true;
        if by.holds(&there) && !not_by.holds(&there) {
            return Found::Set(vec![*name]);
        }
        there[*name] = false;
    }
    let mut search = Search {
        solver: Solver::new(SolverOpts::default(), Steps(Cell::new(0))),
        names: vec![None; order.len()],
    };
    let wanted = [search.literal(by, true), search.literal(not_by, false)];
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
        there[*name] = !not_by.holds(&there);
    }
    for name in order {
        if std::mem::take(&mut there[*name]) && !by.holds(&there) {
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
    /// A literal that, where it is true, makes `formula` true or false, as `wanted` says.
    fn literal(&mut self, formula: &Formula, wanted: bool) -> Lit {
        let (members, is_any) = match formula {
            Formula::Name(name) => {
                let solver = &mut self.solver;
                let variable = self.names[*name].get_or_insert_with(|| solver.new_var_default());
                return Lit::new(*variable, wanted);
            }
            Formula::Any(members) => (members, true),
            Formula::All(members) => (members, false),
        };
        let group = Lit::new(self.solver.new_var_default(), true);
        let members: Vec<Lit> = members
            .iter()
            .map(|member| self.literal(member, wanted))
            .collect();
        if is_any == wanted {
            // One member is enough for the group to be as wanted.
            let mut clause = members;
            clause.push(!group);
            self.solver.add_clause_reuse(&mut clause);
        } else {
            for member in members {
                self.solver.add_clause_reuse(&mut vec![!group, member]);
            }
        }
        group
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
