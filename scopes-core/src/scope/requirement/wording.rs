//! A requirement in words, for an `error_description`.

use std::fmt::{Display, Write as _};

use super::tree::{Access, Match, Tree};

impl<L: Clone + Display> Access<L> {
    /// Returns the requirement as a sentence, in the characters that RFC 6750 section 3 allows in an
    /// `error_description`.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Scopes(expression) => sentence(expression),
            Self::Authenticated => "A valid access token is required.".to_owned(),
            Self::Public => "No access token is required.".to_owned(),
        }
    }
}

/// `photos:read is required.`, `At least one of: a b is required.`, `All of: a b are required.`;
/// of nested groups, `Required: a and (b or c).`
pub(super) fn sentence(expression: &Tree<impl Clone + Display>) -> String {
    let sentence = match expression {
        Tree::Leaf(scope) => format!("{scope} is required."),
        Tree::Any(members) | Tree::All(members) if members.is_empty() => {
            "No scope gives access.".to_owned()
        }
        Tree::Any(members) | Tree::All(members) if members.len() == 1 => {
            return sentence(&members[0]);
        }
        Tree::Any(members) => match names(members) {
            Some(names) => format!("At least one of: {names} is required."),
            None => format!("Required: {}.", infix(expression)),
        },
        Tree::All(members) => match names(members) {
            Some(names) => format!("All of: {names} are required."),
            None => format!("Required: {}.", infix(expression)),
        },
        Tree::Match(_) => format!("Required: {}.", infix(expression)),
    };
    // Some clients search the header for `scope=`, and some split it at every comma.
    if sentence.contains(['=', ',']) {
        "More scopes are required.".to_owned()
    } else {
        sentence
    }
}

/// The members' names, if every member is a scope.
fn names(members: &[Tree<impl Clone + Display>]) -> Option<String> {
    let mut names = String::new();
    for member in members {
        let Tree::Leaf(scope) = member else {
            return None;
        };
        let separator = if names.is_empty() { "" } else { " " };
        write!(names, "{separator}{scope}").ok()?;
    }
    Some(names)
}

/// `a and (b or c)`
fn infix(expression: &Tree<impl Clone + Display>) -> String {
    let (word, members) = match expression {
        Tree::Leaf(scope) => return scope.to_string(),
        Tree::Any(members) => (" or ", members),
        Tree::All(members) => (" and ", members),
        Tree::Match(Match { argument, arms }) => {
            let arms = arms.iter().map(|arm| infix(&arm.requires));
            return format!("by {argument} {}", arms.collect::<Vec<_>>().join(" or "));
        }
    };
    let members: Vec<_> = members
        .iter()
        .map(|member| match member {
            Tree::Any(inner) | Tree::All(inner) if inner.len() > 1 => {
                format!("({})", infix(member))
            }
            Tree::Match(_) => format!("({})", infix(member)),
            other => infix(other),
        })
        .collect();
    members.join(word)
}
