//! A requirement in words, for an `error_description`.

use super::expression::Expression;

/// `photos:read is required.`, `At least one of: a b is required.`, `All of: a b are required.`;
/// of nested groups, `Required: a and (b or c).`
pub(super) fn sentence(expression: &Expression) -> String {
    let sentence = match expression {
        Expression::Scope(scope) => format!("{scope} is required.", scope = scope.as_str()),
        Expression::Any(members) | Expression::All(members) if members.is_empty() => {
            "No scope gives access.".to_owned()
        }
        Expression::Any(members) | Expression::All(members) if members.len() == 1 => {
            return sentence(&members[0]);
        }
        Expression::Any(members) => match names(members) {
            Some(names) => format!("At least one of: {names} is required."),
            None => format!("Required: {}.", infix(expression)),
        },
        Expression::All(members) => match names(members) {
            Some(names) => format!("All of: {names} are required."),
            None => format!("Required: {}.", infix(expression)),
        },
    };
    // Some clients search the header for `scope=`, and some split it at every comma.
    if sentence.contains(['=', ',']) {
        "More scopes are required.".to_owned()
    } else {
        sentence
    }
}

/// The members' names, if every member is a scope.
fn names(members: &[Expression]) -> Option<String> {
    let names: Option<Vec<&str>> = members
        .iter()
        .map(|member| match member {
            Expression::Scope(scope) => Some(scope.as_str()),
            Expression::Any(_) | Expression::All(_) => None,
        })
        .collect();
    names.map(|names| names.join(" "))
}

/// `a and (b or c)`
fn infix(expression: &Expression) -> String {
    let (word, members) = match expression {
        Expression::Scope(scope) => return scope.as_str().to_owned(),
        Expression::Any(members) => (" or ", members),
        Expression::All(members) => (" and ", members),
    };
    let members: Vec<_> = members
        .iter()
        .map(|member| match member {
            Expression::Any(inner) | Expression::All(inner) if inner.len() > 1 => {
                format!("({})", infix(member))
            }
            other => infix(other),
        })
        .collect();
    members.join(word)
}
