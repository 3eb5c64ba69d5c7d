//! The check at the start: arguments against what the served operations take.

use rmcp::schemars::{self, JsonSchema, schema_for};
use scopes_core::registry::{ArgumentMismatch, RegistryProblem, ServedNames};
use scopes_core::{Expression, OperationKind, Registry};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::catalog::leaf;
use crate::site::operation;

/// What is wrong with a tool of this schema.
fn problems(requires: Expression, schema: Value) -> Vec<(String, ArgumentMismatch)> {
    let registry: Registry = [operation(OperationKind::Tool, "act", requires)]
        .into_iter()
        .collect();
    let served = ServedNames::new().tools(["act"]).tool_schema("act", schema);
    of(&registry, &served)
}

fn of(registry: &Registry, served: &ServedNames) -> Vec<(String, ArgumentMismatch)> {
    let Err(error) = registry.validate(served) else {
        return Vec::new();
    };
    let problems = error.problems().iter();
    let problems = problems.map(|problem| match problem {
        RegistryProblem::InvalidArgument {
            argument, mismatch, ..
        } => (argument.clone(), mismatch.clone()),
        other => panic!("{other}"),
    });
    problems.collect()
}

fn schema<T: JsonSchema>() -> Value {
    schema_for!(T).into()
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Given {
    project: u32,
    name: String,
    optional: Option<u32>,
    ratio: f64,
    tags: Vec<String>,
    target: Target,
    maybe: Option<Target>,
    action: Action,
    mode: Mode,
    flag: bool,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Target {
    id: u32,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Action {
    List,
    Get,
    DeleteAll,
}

/// With descriptions, the generator lists the variants one by one.
#[derive(Deserialize, JsonSchema)]
enum Mode {
    /// Look.
    Read,
    /// Touch.
    Write,
}

fn write(argument: &'static str) -> Vec<(String, ArgumentMismatch)> {
    let name = format!("projects:{{{argument}}}:write");
    problems(leaf(Box::leak(name.into_boxed_str())), schema::<Given>())
}

#[test]
fn an_argument_is_a_required_scalar_of_the_schema() {
    for fits in ["project", "name", "flag", "action", "mode", "target.id"] {
        assert_eq!(write(fits), [], "{fits}");
    }
    let suggestion = |name: &str| ArgumentMismatch::NotDeclared {
        suggestion: Some(name.to_owned()),
    };
    let missing = ArgumentMismatch::NotDeclared { suggestion: None };
    for (argument, mismatch) in [
        ("projet", suggestion("project")),
        ("somewhere_else", missing),
        ("optional", ArgumentMismatch::Optional),
        ("ratio", ArgumentMismatch::NotScalar),
        ("tags", ArgumentMismatch::NotScalar),
        ("target", ArgumentMismatch::NotScalar),
        ("target.di", suggestion("id")),
        ("maybe.id", ArgumentMismatch::Optional),
    ] {
        assert_eq!(
            write(argument),
            [(argument.to_owned(), mismatch)],
            "{argument}"
        );
    }
    let nullable = json!({
        "properties": { "project": { "type": ["string", "null"] } },
        "required": ["project"],
    });
    let found = problems(leaf("projects:{project}:write"), nullable);
    assert_eq!(found, [("project".to_owned(), ArgumentMismatch::Nullable)]);
}

#[test]
fn a_schema_that_refers_to_itself_or_says_nothing_is_no_problem() {
    let circle = json!({
        "properties": { "project": { "$ref": "#/$defs/a" } },
        "required": ["project"],
        "$defs": { "a": { "$ref": "#/$defs/a" } },
    });
    let found = problems(leaf("projects:{project}:write"), circle);
    assert_eq!(found, [("project".to_owned(), ArgumentMismatch::NotScalar)]);
    assert_eq!(problems(leaf("projects:{project}:write"), json!({})), []);
}

#[test]
fn the_arms_of_a_match_are_the_values_of_the_schema() {
    let by = |argument: &'static str, values: Vec<Vec<&'static str>>| {
        let arms = values
            .into_iter()
            .map(|values| (values, leaf("projects:list")));
        problems(Expression::matching(argument, arms), schema::<Given>())
    };
    let all = || vec![vec!["list", "get"], vec!["delete_all"]];
    assert_eq!(by("action", all()), []);
    assert_eq!(by("action", vec![vec!["list"], vec![]]), [], "`_`");
    assert_eq!(by("mode", vec![vec!["Read"], vec!["Write"]]), []);
    assert_eq!(by("name", vec![vec!["anything"]]), [], "any text");
    let action = |mismatch| ("action".to_owned(), mismatch);
    assert_eq!(
        by("action", vec![vec!["list", "get"]]),
        [action(ArgumentMismatch::NoArm("delete_all".to_owned()))]
    );
    assert_eq!(
        by("action", vec![vec!["lst"], vec![]]),
        [action(ArgumentMismatch::UnknownValue("lst".to_owned()))]
    );
    assert_eq!(
        by("ratio", vec![vec!["1"]]),
        [("ratio".to_owned(), ArgumentMismatch::NotScalar)]
    );
    // What only some values need may be absent with others.
    let arms = [
        (vec!["list", "get"], leaf("projects:list")),
        (vec![], leaf("projects:{optional}:write")),
    ];
    let requires = Expression::matching("action", arms);
    assert_eq!(problems(requires, schema::<Given>()), []);
}

#[test]
fn prompts_and_templates_have_the_arguments_that_they_name() {
    let registry: Registry = [
        operation(
            OperationKind::Prompt,
            "review",
            leaf("projects:{project}:read"),
        ),
        operation(
            OperationKind::Resource,
            "repo://{owner}/{repo}",
            leaf("repos/{owner}/{repo}:write"),
        ),
        operation(
            OperationKind::Resource,
            "pair://{owner}-{repo}",
            leaf("owners:{owner}"),
        ),
        operation(OperationKind::Resource, "fixed://x", leaf("owners:{owner}")),
    ]
    .into_iter()
    .collect();
    let served = ServedNames::new().prompts(["review"]);
    let found = of(&registry, &served.prompt_arguments("review", ["projekt"]));
    let missing = |suggestion: Option<&str>| ArgumentMismatch::NotDeclared {
        suggestion: suggestion.map(str::to_owned),
    };
    let mut expected = [
        ("project".to_owned(), missing(Some("projekt"))),
        ("owner".to_owned(), missing(None)),
        ("owner".to_owned(), ArgumentMismatch::NotReadable),
    ];
    expected.sort_by_key(|(name, mismatch)| (name.clone(), mismatch.to_string()));
    let mut found = found;
    found.sort_by_key(|(name, mismatch)| (name.clone(), mismatch.to_string()));
    assert_eq!(found, expected);
}
