//! The decision on a requirement that names arguments, and its resolution with their values.

use super::required_scope::{Expression, RequiredScope};
use super::tree::{Match, Node, Tree};
use crate::scope::argument::{ArgumentProblem, Arguments, Choice, InvalidArgument};
use crate::scope::catalog::template::{self, MAX_PLACEHOLDERS};
use crate::scope::{Catalog, GrantedScopes, ScopeName};

/// An expression whose templates are parsed.
pub(super) struct ArgumentProgram(Tree<Part>);

#[derive(Clone)]
enum Part {
    Plain(RequiredScope),
    Template {
        catalog: &'static Catalog,
        position: usize,
        /// The arguments that fill the placeholders, in their order.
        arguments: Box<[Box<str>]>,
    },
}

impl ArgumentProgram {
    pub(super) fn new(expression: &Expression) -> Self {
        Self(expression.map(|scope| {
            match scope.template() {
                None => Part::Plain(scope.clone()),
                Some((catalog, position)) => Part::Template {
                    catalog,
                    position,
                    arguments: template::placeholders(scope.as_str())
                        .map(Into::into)
                        .collect(),
                },
            }
        }))
    }

    /// Returns whether `granted` satisfies the expression with these arguments.
    ///
    /// Every argument that the chosen arms name is read, whatever else is satisfied: the answer does
    /// not depend on the order of the members.
    pub(super) fn is_satisfied(
        &self,
        granted: &GrantedScopes,
        arguments: Arguments<'_>,
    ) -> Result<bool, InvalidArgument> {
        is_satisfied(&self.0, granted, arguments)
    }
}

fn is_satisfied(
    tree: &Tree<Part>,
    granted: &GrantedScopes,
    arguments: Arguments<'_>,
) -> Result<bool, InvalidArgument> {
    let decide = |member: &Tree<Part>| is_satisfied(member, granted, arguments);
    match tree {
        Tree::Leaf(Part::Plain(scope)) => Ok(scope.is_satisfied_by(granted)),
        Tree::Leaf(Part::Template {
            catalog,
            position,
            arguments: names,
        }) => {
            let mut values = [""; MAX_PLACEHOLDERS];
            let mut is_every = false;
            for (value, name) in values.iter_mut().zip(names) {
                match arguments.filling(name)? {
                    Some(text) => *value = text,
                    None => is_every = true,
                }
            }
            let values = values.get(..names.len()).filter(|_| !is_every);
            Ok(granted.holds_template(catalog, *position, values))
        }
        Tree::Any(members) => fold(members.iter().map(decide), false, |one, other| one | other),
        Tree::All(members) => fold(
            members.iter().map(decide),
            !members.is_empty(),
            |one, other| one & other,
        ),
        Tree::Match(matched) => match arguments.choosing(&matched.argument)? {
            Choice::Every => {
                let arms = matched.arms.iter().map(|arm| decide(&arm.requires));
                fold(arms, !matched.arms.is_empty(), |one, other| one & other)
            }
            choice => decide(&matched.arms[chosen(matched, choice)?].requires),
        },
    }
}

/// Joins all answers, without short-circuit evaluation.
fn fold(
    mut answers: impl Iterator<Item = Result<bool, InvalidArgument>>,
    first: bool,
    join: impl Fn(bool, bool) -> bool,
) -> Result<bool, InvalidArgument> {
    answers.try_fold(first, |before, answer| Ok(join(before, answer?)))
}

/// Returns the place of the chosen arm.
fn chosen<L: Clone>(matched: &Match<L>, choice: Choice<'_>) -> Result<usize, InvalidArgument> {
    let value = match choice {
        Choice::Of(value) => Some(value),
        Choice::Other | Choice::Every => None,
    };
    let arm = matched.arm(value);
    arm.ok_or_else(|| InvalidArgument::new(&matched.argument, ArgumentProblem::NoArm))
}

/// Returns the expression with the values in the place of the placeholders, and the chosen arms in
/// the place of each `match`.
pub(super) fn resolve(
    expression: &Expression,
    arguments: Arguments<'_>,
) -> Result<Expression, InvalidArgument> {
    expression.fold(&mut |node| match node {
        Node::Leaf(scope) => filled(scope, arguments),
        Node::Group(join, members) => Ok(join.of(members.into_iter().collect::<Result<_, _>>()?)),
        Node::Match(matched, mut arms) => match arguments.choosing(&matched.argument)? {
            Choice::Every => Ok(Tree::All(arms.into_iter().collect::<Result<_, _>>()?)),
            choice => arms.swap_remove(chosen(matched, choice)?),
        },
    })
}

/// Returns the scope that clients are to request if `scope` is required, and the alternatives to
/// it.
///
/// Authorization servers refuse the whole request if it has an unknown scope. So clients request
/// the plain scope that implies the template, if there is one, and the concrete name only
/// otherwise.
fn filled(scope: &RequiredScope, arguments: Arguments<'_>) -> Result<Expression, InvalidArgument> {
    let Some((catalog, position)) = scope.template() else {
        return Ok(scope.clone().into());
    };
    let asked = scope.asked_for();
    let mut open = None;
    let mut problem = None;
    let name = template::fill(scope.as_str(), |placeholder| {
        match arguments.filling(placeholder) {
            Ok(Some(value)) => value,
            Ok(None) => {
                open.get_or_insert(placeholder.to_owned());
                ""
            }
            Err(error) => {
                problem.get_or_insert(error);
                ""
            }
        }
    });
    if let Some(problem) = problem {
        return Err(problem);
    }
    if let Some(open) = open {
        let plain = Tree::one_of(RequiredScope::implying(catalog, position));
        return plain.ok_or_else(|| InvalidArgument::new(&open, ArgumentProblem::Missing));
    }
    let concrete = Tree::Leaf(RequiredScope::instance(
        ScopeName::from_valid(&name),
        (catalog, position),
    ));
    Ok(match asked {
        Some(plain) => Tree::any([plain.into(), concrete]),
        None => concrete,
    })
}
