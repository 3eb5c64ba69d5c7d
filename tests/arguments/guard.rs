//! Where the guard of an annotated function has its arguments from.

use std::cell::Cell;
use std::future::Future;

use futures::executor::block_on;
use scopes_core::{AuthorizeError, Caller, Registry, requires_scopes, testing};

use crate::catalog::Scope;

type Answer<T = ()> = Result<T, AuthorizeError>;

/// Counts how often its value is read.
#[derive(Default)]
struct Project {
    id: u64,
    reads: Cell<u32>,
}

impl Project {
    fn id(&self) -> u64 {
        self.reads.set(self.reads.get() + 1);
        self.id
    }
}

#[requires_scopes(
    all("projects:{project}:write", any("projects:{project}:read", "owners:{owner}")),
    args(project = project.id(), owner = project.id.to_string()),
    catalog = Scope
)]
fn counted(project: &Project, ran: &Cell<bool>) -> Answer<u32> {
    ran.set(true);
    Ok(project.reads.get())
}

#[requires_scopes("projects:{project}:write", args(project = project.id()), catalog = Scope)]
fn later(project: &Project) -> impl Future<Output = Answer<u32>> {
    async { Ok(project.reads.get()) }
}

#[requires_scopes("projects:{project}:write", catalog = Scope)]
fn optional(project: Option<&str>) -> Answer<usize> {
    Ok(project.map_or(0, str::len))
}

#[requires_scopes(
    match(action, "list" => "projects:list", "change" => "projects:{project}:write"),
    catalog = Scope
)]
fn chosen(action: &str, project: Option<u64>) -> Answer<usize> {
    let _ = project;
    Ok(action.len())
}

fn caller(scopes: &str) -> Caller {
    testing::caller("ada", scopes).expect("scope names")
}

/// The name of the argument for which a call is denied.
fn invalid<T>(answer: Answer<T>) -> Option<String> {
    match answer {
        Err(AuthorizeError::InvalidArgument(argument)) => Some(argument.name().to_owned()),
        _ => None,
    }
}

#[test]
fn an_expression_is_evaluated_once_and_before_the_body() {
    let (project, ran) = (Project::default(), Cell::new(false));
    let denied = caller("projects:1:write").enter(|| counted(&project, &ran));
    assert!(matches!(denied, Err(AuthorizeError::InsufficientScope(_))));
    assert_eq!((project.reads.get(), ran.get()), (1, false));

    let allowed = caller("projects:0:write").enter(|| counted(&project, &ran));
    assert_eq!((allowed.ok(), ran.get()), (Some(2), true));
}

#[test]
fn a_future_reads_when_it_is_first_polled() {
    let project = Project::default();
    let future = later(&project);
    assert_eq!(project.reads.get(), 0);
    let answer = block_on(caller("projects:0:write").run(future));
    assert_eq!(answer.ok(), Some(1));
}

#[test]
fn the_refusal_names_the_argument_that_has_no_value() {
    caller("projects:write").enter(|| {
        assert_eq!(optional(Some("a")).ok(), Some(1));
        assert_eq!(invalid(optional(None)).as_deref(), Some("project"));
        assert_eq!(invalid(optional(Some("a:b"))).as_deref(), Some("project"));
    });
}

#[test]
fn only_the_chosen_arm_needs_its_arguments() {
    caller("projects:list projects:1:write").enter(|| {
        assert!(chosen("list", None).is_ok());
        assert!(chosen("change", Some(1)).is_ok());
        assert_eq!(invalid(chosen("change", None)).as_deref(), Some("project"));
        assert!(chosen("change", Some(2)).is_err());
        assert!(chosen("", Some(1)).is_err());
    });
}

#[test]
fn the_registry_lists_what_the_guard_reads() {
    let registry = Registry::of_program();
    let operations = registry.operations();
    let read = |function: &str| {
        let path = format!("::{function}");
        let operation = operations.iter().find(|one| one.path.ends_with(&path));
        let arguments = operation.map(|one| one.arguments).unwrap_or_default();
        arguments
            .iter()
            .map(|one| (one.name, one.expression, one.in_request))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        read("counted"),
        [
            ("project", Some("project.id()"), false),
            ("owner", Some("project.id.to_string()"), false),
        ]
    );
    assert_eq!(
        read("chosen"),
        [("action", None, true), ("project", None, true)]
    );
}
