//! What a client is told of a requirement, in the `_meta` of a list's entry.

use serde_json::{Value, json};

use crate::scope::{Expression, RequiredScope, Requirement, ScopeName};

/// The key in `_meta`: a name below an address that belongs to this crate, as MCP asks for.
pub(super) const KEY: &str = "rs.docs.scopes-core/requirement";

/// The requirement as JSON, and as a sentence; nothing where only a hidden scope would do.
pub(super) fn description(requirement: &Requirement) -> Option<Value> {
    let (requires, sentence) = match requirement.expression() {
        None if requirement.is_public() => (json!("public"), requirement.sentence()),
        None => (json!("authenticated"), requirement.sentence()),
        Some(expression) => {
            let open = open(expression)?;
            (written(&open), Requirement::scopes(open).sentence())
        }
    };
    Some(json!({ "requires": requires, "sentence": sentence }))
}

/// As in the report: `scope`, `any` or `all`.
fn written(expression: &Expression) -> Value {
    let all = |members: &[Expression]| members.iter().map(written).collect::<Vec<_>>();
    match expression {
        Expression::Scope(scope) => json!({ "scope": scope.token() }),
        Expression::Any(members) => json!({ "any": all(members) }),
        Expression::All(members) => json!({ "all": all(members) }),
    }
}

/// The ways that need no hidden scope; `None` if there is none.
fn open(expression: &Expression) -> Option<Expression> {
    match expression {
        Expression::Scope(scope) => open_scope(scope),
        Expression::Any(members) => {
            let open: Vec<_> = members.iter().filter_map(open).collect();
            (!open.is_empty()).then(|| Expression::any(open))
        }
        Expression::All(members) => {
            let open: Option<Vec<_>> = members.iter().map(open).collect();
            open.filter(|open| !open.is_empty()).map(Expression::all)
        }
    }
}

/// The scope itself, or, of a hidden one, those that imply it.
fn open_scope(scope: &RequiredScope) -> Option<Expression> {
    let hidden = scope
        .declared()
        .filter(|(catalog, position)| catalog.declarations()[*position].is_hidden());
    let Some((catalog, position)) = hidden else {
        return Some(Expression::from(scope.token().clone()));
    };
    let declarations = catalog.declarations().iter();
    let implying = declarations.filter(|other| {
        let mut implied = other.implied().iter();
        !other.is_hidden() && implied.any(|place| usize::from(*place) == position)
    });
    let mut names: Vec<_> = implying
        .map(|other| ScopeName::from_static(other.name()))
        .collect();
    if names.len() > 1 {
        return Some(Expression::any(names));
    }
    names.pop().map(Expression::from)
}
