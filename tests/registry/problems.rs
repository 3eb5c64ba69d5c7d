//! A program in which everything that start-up validation looks for is wrong, and one thing right.

use scopes_core::registry::ServedNames;
use scopes_core::{
    AuthorizeError, OperationKind, ProtectedOperation, Registry, RegistryProblem, Requirement,
    ScopeCatalog, ScopeName, requires_scopes,
};

#[derive(ScopeCatalog)]
enum Scope {
    #[scope("entries:read")]
    EntriesRead,
    #[scope("entries:write")]
    EntriesWrite,
}

// Stands for the attribute of an MCP library: only its name is looked at.
use tracing::instrument as tool;
use tracing::instrument as prompt;

#[requires_scopes("entries:read")]
#[tool]
fn list_entires() -> Result<(), AuthorizeError> {
    Ok(())
}

#[requires_scopes("entries:write")]
#[tool(name = "create")]
fn create_entry() -> Result<(), AuthorizeError> {
    Ok(())
}

mod second {
    use super::{AuthorizeError, requires_scopes, tool};

    #[requires_scopes("entries:read")]
    #[tool(name = "create")]
    pub(super) fn create() -> Result<(), AuthorizeError> {
        Ok(())
    }

    /// A function of the same name in another module is another operation.
    #[requires_scopes("entries:read")]
    pub(super) fn helper() -> Result<(), AuthorizeError> {
        Ok(())
    }
}

#[requires_scopes("entries:write")]
fn helper() -> Result<(), AuthorizeError> {
    Ok(())
}

#[requires_scopes(public)]
#[prompt(name = "suggest")]
fn suggest_tags() {}

fn undeclared() -> &'static ProtectedOperation {
    let requirement = Box::leak(Box::new(Requirement::any([
        ScopeName::from_static("entries:read"),
        ScopeName::from_static("entries:delete"),
    ])));
    Box::leak(Box::new(ProtectedOperation::new(
        OperationKind::Resource,
        "epicme://entries",
        requirement,
    )))
}

fn registry() -> Registry {
    let program = Registry::of_program();
    program
        .operations()
        .into_iter()
        .chain([undeclared().into()])
        .collect()
}

#[test]
fn kinds_and_names_are_read_from_the_attribute_below() {
    suggest_tags();
    let functions = [
        list_entires,
        create_entry,
        second::create,
        helper,
        second::helper,
    ];
    assert!(functions.iter().all(|function| function().is_err()));

    let program = Registry::of_program();
    let operations = program.operations();
    let listed: Vec<_> = operations
        .iter()
        .map(|operation| (operation.kind, &*operation.name))
        .collect();
    assert_eq!(
        listed,
        [
            (OperationKind::Tool, "create"),
            (OperationKind::Tool, "create"),
            (OperationKind::Tool, "list_entires"),
            (OperationKind::Prompt, "suggest"),
            (OperationKind::Function, "registry_problems::helper"),
            (OperationKind::Function, "registry_problems::second::helper"),
        ],
    );
}

#[test]
fn every_problem_is_found_at_once() {
    let served = ServedNames::new()
        .tools(["list_entries", "create"])
        .prompts(["suggest"])
        .resources(["epicme://entries", "epicme://tags"]);
    let error = registry()
        .validate(&served)
        .expect_err("there are problems");
    let found: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| match problem {
            RegistryProblem::ConflictingRequirements { first, second } => {
                assert_ne!(first.requirement, second.requirement);
                format!("conflict {}", first.name)
            }
            RegistryProblem::UndeclaredScope {
                operation, scope, ..
            } => {
                format!("undeclared {} {scope}", operation.name)
            }
            RegistryProblem::NotServed {
                operation,
                suggestion,
            } => {
                format!("not served {} {suggestion:?}", operation.name)
            }
            RegistryProblem::NotAnnotated { kind, name, .. } => {
                format!("not annotated {kind} {name}")
            }
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(
        found,
        [
            "conflict create",
            "undeclared epicme://entries entries:delete",
            "not served list_entires Some(\"list_entries\")",
            "not annotated tool list_entries",
            "not annotated resource epicme://tags",
        ],
    );
}

#[test]
fn the_message_says_what_to_write() {
    let served = ServedNames::new()
        .tools(["list_entries", "create"])
        .resources(["epicme://tags"]);
    let message = registry()
        .validate(&served)
        .expect_err("there are problems")
        .to_string();
    let mut lines = message.lines();
    assert_eq!(
        lines.next(),
        Some("there are 6 problems with the protected operations:")
    );
    for expected in [
        "requires entries:read; give one of them another name, or both the same requirement",
        "requires `entries:delete`, which no catalog declares",
        "is annotated, but not served; did you mean `list_entries`?",
        "`epicme://entries` (",
        "- tool `list_entries` is served, but not annotated; write `#[requires_scopes(..)]` on it",
        "- resource `epicme://tags` is served",
    ] {
        assert!(message.contains(expected), "{expected:?} in\n{message}");
    }
}

#[test]
fn kinds_that_are_not_named_are_not_checked() {
    let served = ServedNames::new().prompts(["suggest"]);
    let error = registry()
        .validate(&served)
        .expect_err("conflict and undeclared scope");
    assert_eq!(error.problems().len(), 2);
    assert_eq!(Scope::ALL.len(), 2);
}

/// Below `#[tool]` an annotation sees a function, as it does on an HTTP handler of that name.
#[test]
fn a_function_never_stands_for_a_tool() {
    static REQUIREMENT: Requirement = Requirement::authenticated();
    static FUNCTION: ProtectedOperation = ProtectedOperation::new(
        OperationKind::Function,
        "journal::http::delete",
        &REQUIREMENT,
    );
    for (served, kind) in [
        (ServedNames::new().tools(["delete"]), "tool"),
        (ServedNames::new().prompts(["delete"]), "prompt"),
        (ServedNames::new().resources(["delete"]), "resource"),
    ] {
        let registry: Registry = [&FUNCTION].into_iter().collect();
        let error = registry.validate(&served).expect_err("not annotated");
        let [RegistryProblem::NotAnnotated { name, function, .. }] = error.problems() else {
            panic!("{error}");
        };
        assert_eq!(
            (name.as_str(), function),
            ("delete", &Some((&FUNCTION).into()))
        );
        let line = FUNCTION.line;
        for said in [
            format!(
                "{kind} `delete` is served, but not annotated; function `journal::http::delete` (tests/registry/problems.rs:{line})"
            ),
            format!("add `{kind} = \"delete\"` to it"),
        ] {
            assert!(error.to_string().contains(&said), "{said} in {error}");
        }
    }
}
