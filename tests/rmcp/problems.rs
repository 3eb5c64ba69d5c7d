//! A server on which everything is wrong that the check at the start can see.

use rmcp::model::{ListPromptsResult, ListResourcesResult, PaginatedRequestParams, Resource};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler, tool, tool_handler, tool_router};
use scopes_core::registry::RegistryProblem;
use scopes_core::rmcp::validate;
use scopes_core::{Registry, requires_scopes};
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
