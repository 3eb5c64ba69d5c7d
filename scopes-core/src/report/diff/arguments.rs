//! The expressions by which functions read the arguments that their requirements name.

use std::collections::BTreeSet;

use super::changes::ArgumentChange;
use crate::report::contents::{ReportedOperation, ReportedRequirement};
use crate::report::leaf::Filling;
use crate::scope::Tree;

/// Returns the arguments that are read in another way, of those that both requirements name.
pub(super) fn changes(old: &ReportedOperation, new: &ReportedOperation) -> Vec<ArgumentChange> {
    let (before, after) = (named(&old.requirement), named(&new.requirement));
    let changes = before.intersection(&after).filter_map(|name| {
        let (from, to) = (expressions(old, name), expressions(new, name));
        let name = (*name).to_owned();
        (from != to).then_some(ArgumentChange { name, from, to })
    });
    changes.collect()
}

fn named(requirement: &ReportedRequirement) -> BTreeSet<&str> {
    let mut named = BTreeSet::new();
    for node in requirement.expression().into_iter().flat_map(Tree::nodes) {
        match node {
            Tree::Leaf(leaf) => {
                let arguments = leaf.fillings.iter().filter_map(|filling| match filling {
                    Filling::Argument(argument) => Some(argument.as_str()),
                    Filling::Value(_) | Filling::Any => None,
                });
                named.extend(arguments);
            }
            Tree::Match(choice) => {
                named.insert(&*choice.argument);
            }
            Tree::Any(_) | Tree::All(_) => {}
        }
    }
    named
}

/// Returns the expressions of all annotations of the function.
fn expressions(operation: &ReportedOperation, name: &str) -> Vec<String> {
    let arguments = operation.arguments.iter();
    let arguments = arguments.filter(|argument| argument.name == name);
    let expressions: BTreeSet<&String> = arguments
        .filter_map(|argument| argument.expression.as_ref())
        .collect();
    expressions.into_iter().cloned().collect()
}
