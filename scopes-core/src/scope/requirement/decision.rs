//! The decision on a requirement that names arguments, and the requirement that their values make of
//! it.

use super::required_scope::{Expression, RequiredScope};
use super::tree::{Match, Node, Tree};
use crate::scope::argument::{ArgumentProblem, Arguments, Choice, InvalidArgument};
use crate::scope::catalog::template::{self, MAX_PLACEHOLDERS};
use crate::scope::{Catalog, GrantedScopes, ScopeName};

/// An expression whose templates are taken apart.
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
            choice => decide(chosen(matched, choice)?),
        },
    }
}

/// Joins all the answers, the later ones too where an earlier one settles it.
fn fold(
    mut answers: impl Iterator<Item = Result<bool, InvalidArgument>>,
    first: bool,
    join: impl Fn(bool, bool) -> bool,
) -> Result<bool, InvalidArgument> {
    answers.try_fold(first, |before, answer| Ok(join(before, answer?)))
}

fn chosen<'t, L: Clone>(
    matched: &'t Match<L>,
    choice: Choice<'_>,
) -> Result<&'t Tree<L>, InvalidArgument> {
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
        Node::Match(matched, arms) => {
            let choice = arguments.choosing(&matched.argument)?;
            if let Choice::Every = choice {
                return Ok(Tree::All(arms.into_iter().collect::<Result<_, _>>()?));
            }
            let requires = chosen(matched, choice)?;
            let is_chosen = |place: &usize| std::ptr::eq(&matched.arms[*place].requires, requires);
            let place = (0..matched.arms.len()).find(is_chosen).unwrap_or_default();
            arms.into_iter()
                .nth(place)
                .unwrap_or_else(|| Ok(Tree::Any([].as_slice().into())))
        }
    })
}

/// Returns the scope that clients are to ask for where `scope` is required, and the others that will
/// do.
///
/// Authorization servers refuse a scope that they do not know, and with it the whole request. So the
/// plain scope that implies the template is asked for, where there is one, and the concrete name only
/// otherwise.
fn filled(scope: &RequiredScope, arguments: Arguments<'_>) -> Result<Expression, InvalidArgument> {
    let Some((catalog, position)) = scope.template() else {
        return Ok(scope.clone().into());
    };
    let asked = scope.asked_for();
    let mut is_every = false;
    let mut problem = None;
    let name = template::fill(scope.as_str(), |placeholder| {
        match arguments.filling(placeholder) {
            Ok(Some(value)) => value,
            Ok(None) => {
                is_every = true;
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
    if is_every {
        let plain = RequiredScope::implying(catalog, position);
        return Ok(Tree::Any(plain.map(Tree::Leaf).collect()));
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
