//! A requirement with `match`, value by value.

use std::borrow::Cow;
use std::fmt;

use crate::scope::requirement::spelling::{argument_name, quoted};
use crate::scope::{Match, Tree};

/// The values of an argument for which a `match` chooses the same arm.
///
/// ```
/// use scopes_core::report::Report;
/// use scopes_core::report::diff::{Diff, OperationChange, Witness};
///
/// let old = Report::from_lock("scopes.lock 1\ncatalog \"Scope\"\n  scope \"a\": \"\"\n  scope \"b\": \"\"\nserver \"\"\n  tool \"use\": match(action, \"list\" => \"a\", \"rename\" => \"b\")\n")?;
/// let new = Report::from_lock("scopes.lock 1\ncatalog \"Scope\"\n  scope \"a\": \"\"\n  scope \"b\": \"\"\nserver \"\"\n  tool \"use\": match(action, \"list\" => \"a\", \"rename\" => \"a\")\n")?;
/// let diff = Diff::between(&old, &new);
/// let [OperationChange::Changed { gains: Some(Witness::Scopes { values, .. }), .. }] = diff.operations()
/// else { panic!("one change") };
/// // It makes a difference for this value alone.
/// assert_eq!(values[0].argument, "action");
/// assert_eq!(values[0].values, ["rename"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ArgumentValues {
    /// The name of the argument.
    pub argument: String,
    /// The values; none for every value that no arm has.
    pub values: Vec<String>,
}

impl ArgumentValues {
    /// Returns the values as text. `code` marks names and values, and `or` stands between values.
    pub(crate) fn spelled(&self, code: &dyn Fn(String) -> String, or: &str) -> String {
        let values = self.values.iter().map(|value| code(quoted(value)));
        let values: Vec<String> = values.collect();
        let values = if values.is_empty() {
            "_".to_owned()
        } else {
            values.join(or)
        };
        format!("{} = {values}", code(argument_name(&self.argument)))
    }
}

impl fmt::Display for ArgumentValues {
    /// `action = "list" | "get"`, or `action = _` for the values that no arm has.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.spelled(&|text| text, " | "))
    }
}

/// Returns the values of several arguments as text.
pub(crate) fn text_of(values: &[ArgumentValues]) -> String {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    values.join(", ")
}

/// Trees, for some values of the arguments that they match on.
#[derive(Clone, Debug)]
pub(crate) struct Case<L: Clone + 'static> {
    pub(crate) values: Vec<ArgumentValues>,
    /// Without `match`; `None` where no arm has the value, and every caller is denied.
    pub(crate) trees: Vec<Option<Tree<L>>>,
}

/// Returns the trees for each combination of values that makes a difference; `None` if there
/// are more than `most`. The values of arguments that fill placeholders, as `is_filling` says, have a
/// case each.
pub(crate) fn cases<L: Clone + 'static>(
    trees: &[&Tree<L>],
    is_filling: &dyn Fn(&str) -> bool,
    most: usize,
) -> Option<Vec<Case<L>>> {
    let mut found = Vec::new();
    let first = Case {
        values: Vec::new(),
        trees: trees.iter().map(|tree| Some((*tree).clone())).collect(),
    };
    let mut open = vec![first];
    while let Some(case) = open.pop() {
        let mut choices = case.trees.iter().flatten().filter_map(first_choice);
        let Some(argument) = choices.next().map(|choice| choice.argument.to_string()) else {
            found.push(case);
            continue;
        };
        if found.len() + open.len() >= most {
            return None;
        }
        let values = classes(&case.trees, &argument, is_filling(&argument));
        for values in values.into_iter().rev() {
            let mut all = case.values.clone();
            all.push(ArgumentValues {
                argument: argument.clone(),
                values,
            });
            let chosen = |tree: &Option<Tree<L>>| choose(tree.as_ref()?, &all);
            let trees = case.trees.iter().map(chosen).collect();
            open.push(Case { values: all, trees });
        }
    }
    (found.len() <= most).then_some(found)
}

/// Returns the first `match` that is reached whatever the values are.
fn first_choice<L: Clone>(tree: &Tree<L>) -> Option<&Match<L>> {
    match tree {
        Tree::Leaf(_) => None,
        Tree::Any(members) | Tree::All(members) => members.iter().find_map(first_choice),
        Tree::Match(choice) => Some(choice),
    }
}

/// Returns the values of `argument`, together where the same arms have them; last, without a value,
/// all other ones.
fn classes<L: Clone>(trees: &[Option<Tree<L>>], argument: &str, is_each: bool) -> Vec<Vec<String>> {
    let nodes = trees.iter().flatten().flat_map(Tree::nodes);
    let choices = nodes.filter_map(|node| match node {
        Tree::Match(choice) if choice.argument == argument => Some(choice),
        _ => None,
    });
    let choices: Vec<&Match<L>> = choices.collect();
    let arms = choices.iter().flat_map(|choice| choice.arms.iter());
    let mut known: Vec<(Vec<Option<usize>>, Vec<String>)> = Vec::new();
    for value in arms.flat_map(|arm| arm.values.iter()) {
        let places: Vec<_> = choices
            .iter()
            .map(|choice| choice.arm(Some(value)))
            .collect();
        if known
            .iter()
            .any(|(_, values)| values.iter().any(|one| one == value))
        {
            continue;
        }
        match known
            .iter_mut()
            .find(|(other, _)| !is_each && *other == places)
        {
            Some((_, values)) => values.push(value.to_string()),
            None => known.push((places, vec![value.to_string()])),
        }
    }
    let named = known.into_iter().map(|(_, values)| values);
    named.chain([Vec::new()]).collect()
}

/// Returns the tree with the chosen arm in place of each `match` over these arguments. `None` if there
/// is no such arm: then the call is denied, whatever else is satisfied.
pub(crate) fn choose<L: Clone>(tree: &Tree<L>, values: &[ArgumentValues]) -> Option<Tree<L>> {
    let all = |members: &[Tree<L>]| -> Option<Cow<'static, [Tree<L>]>> {
        members
            .iter()
            .map(|member| choose(member, values))
            .collect()
    };
    Some(match tree {
        Tree::Leaf(leaf) => Tree::Leaf(leaf.clone()),
        Tree::Any(members) => Tree::Any(all(members)?),
        Tree::All(members) => Tree::All(all(members)?),
        Tree::Match(choice) => {
            let mut known = values.iter();
            match known.find(|known| choice.argument == known.argument) {
                Some(known) => {
                    let arm = choice.arm(known.values.first().map(String::as_str))?;
                    choose(&choice.arms[arm].requires, values)?
                }
                None => tree.clone(),
            }
        }
    })
}
