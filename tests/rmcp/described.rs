//! What the entries of lists say of themselves: the requirement, and no hidden scope.

#![allow(
    dead_code,
    clippy::expect_used,
    clippy::unused_async,
    reason = "a test; what is registered need not be called"
)]

use rmcp::model::{
    GetPromptResult, ListResourceTemplatesResult, ListResourcesResult, PaginatedRequestParams,
    Resource, ResourceTemplate, ServerCapabilities, ServerConfig,
};
use rmcp::service::{RequestContext, RoleClient, RunningService};
use rmcp::{
    ErrorData, RoleServer, ServerHandler, ServiceExt, prompt, prompt_handler, prompt_router, tool,
    tool_handler, tool_router,
};
use scopes_core::report::Report;
use scopes_core::{ScopeCatalog, requires_scopes, scoped_handler};
use serde_json::{Value, json};

const KEY: &str = "rs.docs.scopes-core/requirement";

#[derive(ScopeCatalog)]
enum Scope {
    #[scope("entries:read")]
    EntriesRead,
    #[scope("entries:write", implies(EntriesRead))]
    EntriesWrite,
    #[scope("trace", hidden)]
    Trace,
    #[scope("debug", hidden)]
    Debug,
    #[scope("support", implies(Debug))]
    Support,
}

#[derive(Clone)]
struct Journal {
    describe: bool,
}

#[tool_router]
impl Journal {
    /// One of two.
    #[requires_scopes(any("entries:read", "entries:write"))]
    #[tool]
    async fn list_entries(&self) -> Result<String, ErrorData> {
        Ok(String::new())
    }

    /// Below `#[tool]`.
    #[tool]
    #[requires_scopes(
        all("entries:write", any("trace", "entries:read")),
        tool = "create_entry"
    )]
    async fn create_entry(&self) -> Result<String, ErrorData> {
        Ok(String::new())
    }

    /// Only a hidden scope will do.
    #[requires_scopes("trace")]
    #[tool]
    async fn trace(&self) -> Result<String, ErrorData> {
        Ok(String::new())
    }

    /// A hidden scope will do, and one that implies it.
    #[requires_scopes("debug")]
    #[tool]
    async fn debug(&self) -> Result<String, ErrorData> {
        Ok(String::new())
    }

    /// Any token.
    #[requires_scopes(authenticated)]
    #[tool]
    async fn who_am_i(&self) -> Result<String, ErrorData> {
        Ok(String::new())
    }

    /// Open to everybody.
    #[requires_scopes(public)]
    #[tool]
    async fn ping(&self) -> Result<String, ErrorData> {
        Ok(String::new())
    }

    /// Not annotated.
    #[tool]
    async fn forgotten(&self) -> Result<String, ErrorData> {
        Ok(String::new())
    }

    #[requires_scopes("entries:read", resource = "journal://entries/{id}")]
    async fn read_entry(&self) -> Result<String, ErrorData> {
        Ok(String::new())
    }

    #[requires_scopes("entries:read", resource = "journal://latest")]
    async fn read_latest(&self) -> Result<String, ErrorData> {
        Ok(String::new())
    }
}

#[prompt_router]
impl Journal {
    /// Suggests tags.
    #[requires_scopes("entries:read")]
    #[prompt]
    async fn suggest_tags(&self) -> Result<GetPromptResult, ErrorData> {
        Ok(GetPromptResult::new(Vec::new()))
    }
}

#[scoped_handler(describe_requirements = self.describe)]
#[tool_handler]
#[prompt_handler]
impl ServerHandler for Journal {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder();
        let capabilities = capabilities.enable_tools().enable_prompts();
        ServerConfig::new(capabilities.enable_resources().build())
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let resource = Resource::new("journal://latest", "latest");
        Ok(ListResourcesResult::with_all_items(vec![resource]))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let template = ResourceTemplate::new("journal://entries/{id}", "entry");
        Ok(ListResourceTemplatesResult::with_all_items(vec![template]))
    }
}

async fn client_of(journal: Journal) -> RunningService<RoleClient, ()> {
    let (near, far) = tokio::io::duplex(4096);
    tokio::spawn(async move {
        let running = journal.serve(far).await.expect("a session");
        running.waiting().await
    });
    ().serve(near).await.expect("a session")
}

/// Each tool's description, by name.
async fn tools(describe: bool) -> Value {
    let client = client_of(Journal { describe }).await;
    let tools = client.list_all_tools().await.expect("tools");
    let described = tools.into_iter().map(|tool| {
        let meta = tool.meta.map(|meta| Value::from(meta.0));
        (tool.name.into_owned(), meta.unwrap_or_default())
    });
    described.collect()
}

#[tokio::test]
async fn each_tool_says_what_it_requires_and_names_nothing_hidden() {
    let described = tools(true).await;
    let scope = |name: &str| json!({ "scope": name });
    let about = |requires: Value, sentence: &str| json!({ KEY: { "requires": requires, "sentence": sentence } });
    assert_eq!(
        described,
        json!({
            "list_entries": about(
                json!({ "any": [scope("entries:read"), scope("entries:write")] }),
                "At least one of: entries:read entries:write is required.",
            ),
            "create_entry": about(
                json!({ "all": [scope("entries:write"), { "any": [scope("entries:read")] }] }),
                "Required: entries:write and entries:read.",
            ),
            "trace": null,
            "debug": about(scope("support"), "support is required."),
            "who_am_i": about(json!("authenticated"), "A valid access token is required."),
            "ping": about(json!("public"), "No access token is required."),
            "forgotten": null,
        })
    );
    assert_eq!(Scope::ALL.len(), 5);
}

#[tokio::test]
async fn it_is_what_the_published_report_says() {
    let described = tools(true).await;
    let report = serde_json::to_value(Report::of_program().published()).expect("JSON");
    let operations = report["servers"][0]["operations"]
        .as_array()
        .expect("an array");
    let mut compared = 0;
    for operation in operations {
        let name = operation["name"].as_str().expect("a name");
        if let Some(tool) = described.get(name) {
            assert_eq!(tool[KEY]["requires"], operation["requires"], "{name}");
            compared += 1;
        }
    }
    assert_eq!(compared, 5);
}

#[tokio::test]
async fn prompts_and_resources_say_it_as_well() {
    let client = client_of(Journal { describe: true }).await;
    let wanted = json!({ "scope": "entries:read" });
    let prompts = client.list_all_prompts().await.expect("prompts");
    assert_eq!(
        prompts[0].meta.as_ref().expect("a description").0[KEY]["requires"],
        wanted
    );
    let resources = client.list_all_resources().await.expect("resources");
    assert_eq!(
        resources[0].meta.as_ref().expect("a description").0[KEY]["requires"],
        wanted
    );
    let templates = client
        .list_all_resource_templates()
        .await
        .expect("templates");
    assert_eq!(
        templates[0].meta.as_ref().expect("a description").0[KEY]["requires"],
        wanted
    );
}

#[tokio::test]
async fn nothing_is_said_unless_it_is_asked_for() {
    let described = tools(false).await;
    let tools = described.as_object().expect("an object");
    assert!(tools.values().all(Value::is_null), "{described}");
}
