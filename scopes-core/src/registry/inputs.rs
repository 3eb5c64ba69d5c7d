//! The inputs of served operations, compared with the arguments on which their requirements depend.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::schema::{Found, Schema};
use super::uri_template::UriTemplate;
use super::{OperationKind, ProtectedOperation};
use crate::scope::catalog::{template, typo};
use crate::scope::{Expression, Match, Tree};

/// The inputs of the served operations, by kind and name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Inputs(BTreeMap<(OperationKind, String), Input>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Input {
    /// A JSON schema.
    Schema(Value),
    /// The names of texts.
    Names(Vec<String>),
}

/// A mismatch between an argument on which a requirement depends and what the operation takes.
///
/// ```
/// use scopes_core::registry::{ArgumentMismatch, ServedNames};
/// use scopes_core::{OperationKind, ProtectedOperation, Registry, RegistryProblem, ScopeCatalog};
///
/// #[derive(ScopeCatalog)]
/// enum Scope {
///     #[scope("boards:{board}:write")]
///     BoardWrite,
/// }
///
/// let requirement = scopes_core::Requirement::one(Scope::BoardWrite);
/// let tool = ProtectedOperation::at_run_time(OperationKind::Tool, "move_card", requirement);
/// let schema = serde_json::json!({"properties": {"board": {"type": "string"}}});
/// let served = ServedNames::new().tools(["move_card"]).tool_schema("move_card", schema);
/// let error = Registry::from_iter([tool]).validate(&served).err();
/// let error = error.ok_or("a call may leave out the board")?;
/// assert!(error.problems().iter().any(|problem| matches!(
///     problem,
///     RegistryProblem::InvalidArgument { mismatch: ArgumentMismatch::Optional, .. },
/// )));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArgumentMismatch {
    /// The operation has no such argument.
    NotDeclared {
        /// The name that may have been meant.
        suggestion: Option<String>,
    },
    /// The argument may be absent.
    Optional,
    /// The argument may be null.
    Nullable,
    /// The argument is no string, integer or boolean.
    NotScalar,
    /// An arm of `match` has a value that the argument never has.
    UnknownValue(String),
    /// A value of the argument has no arm, and there is no `_`.
    NoArm(String),
    /// The expression of the URI template shares its segment with another one, or appears twice.
    NotReadable,
}

impl Inputs {
    pub(super) fn schema(&mut self, tool: String, schema: Value) {
        self.0
            .insert((OperationKind::Tool, tool), Input::Schema(schema));
    }

    pub(super) fn names(&mut self, prompt: String, names: Vec<String>) {
        self.0
            .insert((OperationKind::Prompt, prompt), Input::Names(names));
    }

    /// Returns the arguments of `operation` that do not fit. Those that only its guard reads fit.
    pub(super) fn mismatches(
        &self,
        operation: &ProtectedOperation,
    ) -> Vec<(String, ArgumentMismatch)> {
        let mut uses = Vec::new();
        if let Some(expression) = operation.requirement.expression() {
            find_uses(expression, false, &mut uses);
        }
        let is_read_elsewhere = |it: &Use<'_>| {
            let mut arguments = operation.arguments.iter();
            arguments.any(|argument| argument.name == it.name && !argument.in_request)
        };
        uses.retain(|named| !is_read_elsewhere(named));
        let mut found: Vec<(String, ArgumentMismatch)> = Vec::new();
        for named in uses {
            let mismatches = self.of_use(operation, &named).into_iter();
            let mismatches = mismatches.map(|mismatch| (named.name.to_owned(), mismatch));
            found.extend(
                mismatches
                    .filter(|one| !found.contains(one))
                    .collect::<Vec<_>>(),
            );
        }
        found
    }

    fn of_use(&self, operation: &ProtectedOperation, it: &Use<'_>) -> Vec<ArgumentMismatch> {
        if operation.kind == OperationKind::Resource {
            return in_template(&operation.name, it.name).into_iter().collect();
        }
        match self
            .0
            .get(&(operation.kind, operation.name.clone().into_owned()))
        {
            None => Vec::new(),
            Some(Input::Names(names)) => {
                let is_declared = names.iter().any(|name| name == it.name);
                let names = || names.iter().map(String::as_str);
                let missing = || not_declared(it.name, names());
                (!is_declared).then(missing).into_iter().collect()
            }
            Some(Input::Schema(schema)) => in_schema(schema, it),
        }
    }
}

/// One place where a requirement names an argument.
struct Use<'r> {
    name: &'r str,
    /// It stands in an arm, and is needed for some values of another argument only.
    in_arm: bool,
    /// The values of the arms, of a `match`, and whether it has `_`.
    arms: Option<(Vec<&'r str>, bool)>,
}

fn find_uses<'r>(expression: &'r Expression, in_arm: bool, uses: &mut Vec<Use<'r>>) {
    match expression {
        Tree::Leaf(scope) if scope.template().is_some() => {
            uses.extend(template::placeholders(scope.as_str()).map(|name| Use {
                name,
                in_arm,
                arms: None,
            }));
        }
        Tree::Leaf(_) => {}
        Tree::Any(members) | Tree::All(members) => {
            for member in members.iter() {
                find_uses(member, in_arm, uses);
            }
        }
        Tree::Match(Match { argument, arms }) => {
            let values = arms.iter().flat_map(|arm| arm.values.iter());
            let others = arms.iter().any(|arm| arm.values.is_empty());
            uses.push(Use {
                name: argument,
                in_arm,
                arms: Some((values.map(|value| &**value).collect(), others)),
            });
            for arm in arms.iter() {
                find_uses(&arm.requires, true, uses);
            }
        }
    }
}

fn in_schema(schema: &Value, it: &Use<'_>) -> Vec<ArgumentMismatch> {
    let property = match Schema::of(schema).at(it.name) {
        Found::Property(property) => property,
        Found::Nothing(siblings) => {
            let last = it.name.rsplit('.').next().unwrap_or_default();
            return vec![not_declared(last, siblings.iter().copied())];
        }
        // A schema that says nothing of its members takes any.
        Found::Anything => return Vec::new(),
    };
    let mut found = Vec::new();
    if !property.is_required && !it.in_arm {
        found.push(ArgumentMismatch::Optional);
    } else if property.is_nullable && !it.in_arm {
        found.push(ArgumentMismatch::Nullable);
    }
    if !property.is_scalar {
        found.push(ArgumentMismatch::NotScalar);
    }
    if let (Some((values, others)), Some(all)) = (&it.arms, property.values) {
        let unknown = values
            .iter()
            .filter(|value| !all.iter().any(|one| one == *value));
        found.extend(unknown.map(|value| ArgumentMismatch::UnknownValue((*value).to_owned())));
        let mut left = all.into_iter().filter(|value| !values.contains(&&**value));
        if !others {
            found.extend(
                left.next()
                    .map(|value| ArgumentMismatch::NoArm(value.into_owned())),
            );
        }
    }
    found
}

fn in_template(uri: &str, name: &str) -> Option<ArgumentMismatch> {
    let expressions = UriTemplate::parse(uri);
    let expressions = expressions.as_ref();
    let names = expressions.map(UriTemplate::names).unwrap_or_default();
    if !names.contains(&name) {
        return Some(not_declared(name, names.into_iter()));
    }
    let is_readable = expressions.is_some_and(|template| template.is_readable(name));
    (!is_readable).then_some(ArgumentMismatch::NotReadable)
}

fn not_declared<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> ArgumentMismatch {
    let near = names.filter_map(|other| Some((typo::distance(other, name)?, other)));
    let nearest = near.min_by_key(|(distance, _)| *distance);
    ArgumentMismatch::NotDeclared {
        suggestion: nearest.map(|(_, name)| name.to_owned()),
    }
}

impl fmt::Display for ArgumentMismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDeclared {
                suggestion: Some(name),
            } => write!(
                formatter,
                "which it does not have; did you mean `{name}`? If the function calls it otherwise, write `args({name} = ..)`"
            ),
            Self::NotDeclared { suggestion: None } => formatter.write_str(
                "which it does not have; name one of its own arguments, or read the value with `args(..)` from something else than a parameter",
            ),
            Self::Optional => formatter.write_str(
                "which a call may leave out, and is then denied; make it required",
            ),
            Self::Nullable => formatter.write_str(
                "which may be null, and the call is then denied; take it without `Option`",
            ),
            Self::NotScalar => formatter.write_str(
                "which is no string, integer or boolean; name a member of it, as `{project.id}`, or another argument",
            ),
            Self::UnknownValue(value) => write!(
                formatter,
                "which is never {value:?}; correct the value in `match`, or remove its arm"
            ),
            Self::NoArm(value) => write!(
                formatter,
                "which may be {value:?}, for which `match` has no arm; add one, or `_`"
            ),
            Self::NotReadable => formatter.write_str(
                "which shares its segment of the URI with another expression, or stands there twice; give it a segment of its own",
            ),
        }
    }
}
