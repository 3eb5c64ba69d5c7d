//! A server on which everything is wrong that the check at the start can see.

use std::time::Duration;

use rmcp::model::{
    GetPromptResult, ListPromptsResult, ListResourcesResult, ListToolsResult,
    PaginatedRequestParams, Resource,
};
use rmcp::service::RequestContext;
use rmcp::{
    ErrorData, RoleServer, ServerHandler, prompt, prompt_handler, prompt_router, tool,
    tool_handler, tool_router,
};
use scopes_core::registry::RegistryProblem;
use scopes_core::rmcp::validate;
use scopes_core::{
    OperationKind, ProtectedOperation, Registry, Requirement, requires_scopes, scoped_handler,
};
use scopes_tests::vocabulary::Scope;

/// Everything that can be wrong.
#[derive(Clone)]
struct Broken;

#[tool_router]
impl Broken {
    /// Not annotated.
    #[tool]
    async fn forgotten(&self) -> Result<String, ErrorData> {
        Ok(String::new())
    }

    /// Registered under a name that is not served.
    #[requires_scopes("entries:read", catalog = Scope, server = "broken", tool = "list_entires")]
    #[tool]
    async fn list_entries(&self) -> Result<String, ErrorData> {
        Ok(String::new())
    }
}

#[tool_handler]
impl ServerHandler for Broken {
    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let resource = Resource::new("broken://secrets", "secrets");
        Ok(ListResourcesResult::with_all_items(vec![resource]))
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Err(ErrorData::internal_error("the prompts are gone", None))
    }
}

#[tokio::test]
async fn every_problem_is_reported_at_once() {
    let registry = Registry::of_program().of_server("broken");
    let error = validate(Broken, &registry).await.expect_err("problems");
    let names: Vec<String> = error
        .problems()
        .iter()
        .map(|problem| match problem {
            RegistryProblem::NotServed {
                operation,
                suggestion,
            } => {
                format!(
                    "{} -> {}",
                    operation.name,
                    suggestion.as_deref().unwrap_or("?")
                )
            }
            RegistryProblem::NotAnnotated { kind, name, .. } => format!("{kind} {name}"),
            RegistryProblem::CallerUnknown { operation } => format!("caller of {}", operation.name),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        names,
        [
            "list_entires -> list_entries",
            "tool forgotten",
            "tool list_entries",
            "resource broken://secrets",
            "caller of list_entires",
        ]
    );
    let message = error.to_string();
    for said in [
        "did you mean `list_entries`?",
        "write `#[requires_scopes(..)]` on it",
        "put `#[scoped_handler]` on `impl ServerHandler`",
        "the prompts are gone",
    ] {
        assert!(message.contains(said), "{said:?} is not in\n{message}");
    }
}

/// A server whose tools and prompt are not annotated, in a program whose functions of their names
/// are.
#[derive(Clone)]
struct Shadowed;

#[tool_router]
impl Shadowed {
    /// Not annotated, unlike the HTTP handler of its name.
    #[tool]
    async fn purge(&self) -> Result<String, ErrorData> {
        Ok(String::new())
    }

    /// Annotated below `#[tool]`, without saying that it is one.
    #[tool]
    #[requires_scopes("entries:write", catalog = Scope)]
    async fn delete_entry(&self) -> Result<String, ErrorData> {
        Ok(String::new())
    }

    /// The same, and saying so.
    #[tool]
    #[requires_scopes("entries:write", catalog = Scope, tool = "create_entry")]
    async fn create_entry(&self) -> Result<String, ErrorData> {
        Ok(String::new())
    }
}

#[prompt_router]
impl Shadowed {
    #[prompt]
    async fn suggest_tags(&self) -> Result<GetPromptResult, ErrorData> {
        Ok(GetPromptResult::new(Vec::new()))
    }
}

#[scoped_handler]
#[tool_handler]
#[prompt_handler]
impl ServerHandler for Shadowed {}

mod http {
    use rmcp::ErrorData;
    use scopes_core::requires_scopes;

    #[requires_scopes(authenticated)]
    pub(super) fn purge() -> Result<(), ErrorData> {
        Ok(())
    }

    #[requires_scopes(authenticated)]
    pub(super) fn suggest_tags() -> Result<(), ErrorData> {
        Ok(())
    }
}

#[tokio::test]
async fn a_function_of_its_name_does_not_annotate_a_tool() {
    assert!(http::purge().is_err() && http::suggest_tags().is_err());
    let registry = Registry::of_program().of_server("");
    let error = validate(Shadowed, &registry).await.expect_err("problems");
    let found: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| match problem {
            RegistryProblem::NotAnnotated {
                kind,
                name,
                function,
            } => {
                let function = function.as_ref().map_or("", |function| function.path);
                format!("{kind} {name}: {function}")
            }
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        found,
        [
            "tool delete_entry: rmcp_handler::problems::Shadowed::delete_entry",
            "tool purge: rmcp_handler::problems::http::purge",
            "prompt suggest_tags: rmcp_handler::problems::http::suggest_tags",
        ]
    );
    let message = error.to_string();
    for said in [
        "- tool `purge` is served, but not annotated; function `rmcp_handler::problems::http::purge` (tests/rmcp/problems.rs:",
        "move the annotation above `#[tool]`, or add `tool = \"purge\"` to it; if not, annotate the tool",
        "move the annotation above `#[prompt]`, or add `prompt = \"suggest_tags\"` to it",
    ] {
        assert!(message.contains(said), "{said:?} is not in\n{message}");
    }
}

/// Whose list of tools has no end.
#[derive(Clone)]
struct Endless;

impl ServerHandler for Endless {
    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let cursor = request.and_then(|request| request.cursor);
        let page: u64 = cursor.map_or(0, |cursor| cursor.parse().expect("a number"));
        let mut list = ListToolsResult::with_all_items(Vec::new());
        list.next_cursor = Some((page + 1).to_string());
        Ok(list)
    }
}

/// Who never says which resources there are, or says it when nobody waits.
#[derive(Clone)]
struct Slow(Duration);

impl ServerHandler for Slow {
    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        tokio::time::sleep(self.0).await;
        Ok(ListResourcesResult::with_all_items(Vec::new()))
    }
}

#[tokio::test(start_paused = true)]
async fn lists_without_end_stop_the_check() {
    let registry = Registry::default();
    let error = validate(Endless, &registry).await;
    let error = error.expect_err("an endless list").to_string();
    assert!(
        error.contains("`tools/list` has more than 1000 pages"),
        "{error}"
    );

    for seconds in [31, 3_000_000] {
        let slow = Slow(Duration::from_secs(seconds));
        let entry = ProtectedOperation::at_run_time(
            OperationKind::Resource,
            "journal://entries/{id}",
            Requirement::authenticated(),
        );
        let error = validate(slow, &[entry].into_iter().collect()).await;
        let error = error.expect_err("no answer");
        assert_eq!(
            error.to_string(),
            "a list of the server cannot be read: `resources/list` was not answered within 30 seconds\n\
             a list of the server cannot be read: `resources/templates/list` was not sent, because an \
             earlier request timed out\n\
             a list of the server cannot be read: `skills/list` was not sent, because an earlier request \
             timed out"
        );
        assert_eq!(error.problems(), [], "what is not listed may be there");
    }
    let slow = Slow(Duration::from_secs(29));
    assert_eq!(validate(slow, &registry).await, Ok(()));
}
