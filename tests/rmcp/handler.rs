//! Servers made with rmcp: the caller reaches every guard, whatever the order of the attributes and
//! the transport; refusals are told in band; lists hide on demand; and the start-up check sees what
//! is really served.

#![allow(
    clippy::expect_used,
    clippy::unused_async,
    clippy::unused_self,
    reason = "a test"
)]

mod aliased;
mod concrete_uris;
mod lost_caller;
mod plugins;
mod problems;

use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::model::{
    CallToolRequestParams, GetPromptRequestParams, GetPromptResult, ListResourceTemplatesResult,
    PaginatedRequestParams, PromptMessage, ReadResourceRequestParams, ReadResourceResponse,
    ReadResourceResult, ResourceContents, ResourceTemplate, Role, ServerCapabilities, ServerConfig,
};
use rmcp::service::{RequestContext, RoleClient, RunningService, ServiceError};
use rmcp::{
    ErrorData, RoleServer, ServerHandler, ServiceExt, prompt, prompt_handler, prompt_router, tool,
    tool_handler, tool_router,
};
use scopes_core::rmcp::{LocalPolicy, as_caller, validate};
use scopes_core::{
    AuthorizeError, Caller, GrantedScopes, OperationKind, ProtectedOperation, Registry,
    Requirement, ScopeName, requires_scopes, scoped_handler,
};
use scopes_tests::vocabulary::Scope;

#[derive(Clone, Default)]
struct Journal {
    hide: bool,
    describe: bool,
}

fn subject() -> String {
    let caller = Caller::current();
    let subject = caller.token().and_then(|token| token.subject());
    subject.unwrap_or("nobody").to_owned()
}

#[tool_router]
impl Journal {
    /// Above `#[tool]`, with a name of its own.
    #[requires_scopes(any("entries:read", "entries:write"), catalog = Scope, server = "journal")]
    #[tool(name = "entries.list")]
    async fn list_entries(&self) -> Result<String, ErrorData> {
        Ok(subject())
    }

    /// Below `#[tool]`, where only the function is seen.
    #[tool]
    #[requires_scopes("entries:write", catalog = Scope, server = "journal", tool = "create_entry")]
    async fn create_entry(&self) -> Result<String, ErrorData> {
        Ok(subject())
    }

    /// Without waiting, and with a text as its error.
    #[requires_scopes("tags:write", catalog = Scope, server = "journal")]
    #[tool]
    fn create_tag(&self) -> Result<String, String> {
        Ok(subject())
    }

    /// The context as an argument.
    #[requires_scopes("tags:read", catalog = Scope, server = "journal", from = context)]
    #[tool]
    async fn list_tags(
        &self,
        context: RequestContext<RoleServer>,
    ) -> Result<String, AuthorizeError> {
        drop(context);
        Ok(subject())
    }

    /// Open to everybody.
    #[requires_scopes(public, server = "journal")]
    #[tool]
    async fn ping(&self) -> Result<String, ErrorData> {
        Ok(subject())
    }

    #[requires_scopes("entries:read", catalog = Scope, server = "journal", resource = "journal://entries/{id}")]
    async fn read_entry(&self, id: &str) -> Result<String, ErrorData> {
        Ok(format!("{} reads {id}", subject()))
    }
}

#[prompt_router]
impl Journal {
    /// Suggests tags.
    #[requires_scopes(all("entries:read", "tags:read"), catalog = Scope, server = "journal")]
    #[prompt]
    async fn suggest_tags(&self) -> Result<GetPromptResult, ErrorData> {
        Ok(GetPromptResult::new(vec![PromptMessage::new_text(
            Role::User,
            subject(),
        )]))
    }
}

#[scoped_handler(server = "journal", hide_unpermitted = self.hide, describe_requirements = self.describe)]
#[tool_handler]
#[prompt_handler]
impl ServerHandler for Journal {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(
            ServerCapabilities::builder()
                .enable_tools()
                .enable_prompts()
                .enable_resources()
                .build(),
        )
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let template = ResourceTemplate::new("journal://entries/{id}", "entry");
        Ok(ListResourceTemplatesResult::with_all_items(vec![template]))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let id = request.uri.rsplit('/').next().unwrap_or_default();
        let text = self.read_entry(id).await?;
        let contents = ResourceContents::text(text, request.uri);
        Ok(ReadResourceResult::new(vec![contents]).into())
    }
}

async fn client_of<H: ServerHandler>(journal: H, scopes: &str) -> RunningService<RoleClient, ()> {
    let (near, far) = tokio::io::duplex(4096);
    let scopes = GrantedScopes::parse(scopes).expect("a list");
    let caller = LocalPolicy::Granted(scopes).caller(&Registry::of_program(), "ada");
    tokio::spawn(async move {
        let running = journal
            .serve(as_caller(far, caller))
            .await
            .expect("a session");
        running.waiting().await
    });
    ().serve(near).await.expect("a session")
}

async fn call(client: &RunningService<RoleClient, ()>, tool: &'static str) -> (bool, String) {
    let request = CallToolRequestParams::new(tool);
    let result = client.call_tool(request).await.expect("a result");
    let text = result.content[0].as_text().expect("a text").text.clone();
    (result.is_error != Some(true), text)
}

#[tokio::test]
async fn every_guard_learns_its_caller() {
    let client = client_of(Journal::default(), "entries:write tags:write").await;
    for tool in [
        "entries.list",
        "create_entry",
        "create_tag",
        "list_tags",
        "ping",
    ] {
        assert!(call(&client, tool).await.0, "{tool}");
    }
    assert_eq!(call(&client, "create_entry").await.1, "ada");
    let request = ReadResourceRequestParams::new("journal://entries/7");
    let read = client.read_resource(request).await.expect("contents");
    assert!(format!("{read:?}").contains("ada reads 7"));
    let request = GetPromptRequestParams::new("suggest_tags");
    assert!(client.get_prompt(request).await.is_ok());
}

#[tokio::test]
async fn a_refused_tool_tells_the_model_and_others_the_client() {
    let client = client_of(Journal::default(), "user:read").await;
    let required = "At least one of: entries:read entries:write is required.";
    assert_eq!(
        call(&client, "entries.list").await,
        (false, required.to_owned())
    );
    let (allowed, text) = call(&client, "create_tag").await;
    assert!(!allowed && text.contains("tags:write"), "{text}");
    assert_eq!(
        call(&client, "list_tags").await,
        (false, "tags:read is required.".to_owned())
    );
    assert!(call(&client, "ping").await.0);

    let request = ReadResourceRequestParams::new("journal://entries/7");
    let Err(ServiceError::McpError(error)) = client.read_resource(request).await else {
        panic!("the resource is not refused");
    };
    assert_eq!(error.code.0, -31403);
    let data = error.data.expect("data");
    assert_eq!(data["error"], "insufficient_scope");
    assert_eq!(data["scope"], "entries:read");
}

#[tokio::test]
async fn whoever_is_not_named_is_refused() {
    let (near, far) = tokio::io::duplex(4096);
    tokio::spawn(async move {
        let running = Journal::default().serve(far).await.expect("a session");
        running.waiting().await
    });
    let client = ().serve(near).await.expect("a session");
    assert!(!call(&client, "create_entry").await.0);
    assert!(call(&client, "ping").await.0);
    assert_eq!(LocalPolicy::default(), LocalPolicy::Deny);
    assert!(
        LocalPolicy::Deny
            .caller(&Registry::of_program(), "ada")
            .token()
            .is_none()
    );
}

#[tokio::test]
async fn the_trusted_local_user_may_do_everything() {
    let registry = Registry::of_program();
    let trusted = LocalPolicy::Trusted.caller(&registry, "ada");
    let token = trusted.token().expect("a token");
    for operation in registry.operations() {
        let requirement = &operation.requirement;
        assert!(
            requirement.may_be_satisfied_by(token.scopes()),
            "{operation}"
        );
    }
}

/// The registry that is given counts, not what else the program annotates.
#[test]
fn the_trusted_local_user_holds_the_scopes_of_the_given_registry() {
    let registry = Registry::default();
    let scopes = |registry: &Registry| {
        let trusted = LocalPolicy::Trusted.caller(registry, "ada");
        let token = trusted.token().expect("a token");
        token.scopes().as_str().to_owned()
    };
    assert_eq!(scopes(&registry), "");
    let required = Requirement::one(ScopeName::from_static("plugins:run"));
    registry.add(ProtectedOperation::at_run_time(
        OperationKind::Tool,
        "run",
        required,
    ));
    assert_eq!(scopes(&registry), "plugins:run");
}

#[tokio::test]
async fn lists_hide_on_demand() {
    let client = client_of(
        Journal {
            hide: true,
            ..Journal::default()
        },
        "entries:read",
    )
    .await;
    let names = |tools: Vec<rmcp::model::Tool>| {
        let mut names: Vec<_> = tools
            .into_iter()
            .map(|tool| tool.name.into_owned())
            .collect();
        names.sort();
        names
    };
    let tools = client.list_all_tools().await.expect("tools");
    assert_eq!(names(tools), ["entries.list", "ping"]);
    assert_eq!(client.list_all_prompts().await.expect("prompts").len(), 0);
    assert_eq!(
        client
            .list_all_resource_templates()
            .await
            .expect("templates")
            .len(),
        1
    );
    let client = client_of(Journal::default(), "").await;
    assert_eq!(client.list_all_tools().await.expect("tools").len(), 5);
}

#[tokio::test]
async fn a_server_that_is_annotated_and_wired_is_valid() {
    let registry = Registry::of_program().of_server("journal");
    assert_eq!(registry.operations().len(), 7);
    for hide in [false, true] {
        assert_eq!(
            validate(
                Journal {
                    hide,
                    describe: hide
                },
                &registry
            )
            .await,
            Ok(())
        );
    }
}

#[test]
fn the_wire_name_and_the_kind_are_registered() {
    let registry = Registry::of_program().of_server("journal");
    let operations = registry.operations();
    let kinds: Vec<_> = operations
        .iter()
        .map(|operation| (operation.kind, &*operation.name, operation.asks_context))
        .collect();
    assert_eq!(
        kinds,
        [
            (OperationKind::Tool, "create_entry", true),
            (OperationKind::Tool, "create_tag", true),
            (OperationKind::Tool, "entries.list", true),
            (OperationKind::Tool, "list_tags", false),
            (OperationKind::Tool, "ping", false),
            (OperationKind::Prompt, "suggest_tags", true),
            (OperationKind::Resource, "journal://entries/{id}", true),
        ]
    );
}

/// A route that is built by hand, and a handler without an `impl` to put an attribute on.
#[derive(Clone)]
struct ByHand;

#[tool_router(server_handler)]
impl ByHand {
    /// Names its caller.
    #[requires_scopes("tags:read", catalog = Scope, server = "by-hand", from = context)]
    #[tool]
    async fn list_tags(&self, context: RequestContext<RoleServer>) -> Result<String, ErrorData> {
        drop(context);
        Ok(String::new())
    }
}

#[tokio::test]
async fn a_handler_without_the_attribute_is_valid_if_its_guards_are_given_the_caller() {
    let registry = Registry::of_program().of_server("by-hand");
    assert_eq!(registry.operations().len(), 1);
    assert_eq!(validate(ByHand, &registry).await, Ok(()));
    let router: ToolRouter<ByHand> = ByHand::tool_router();
    assert_eq!(router.list_all().len(), 1);
}

#[test]
fn a_refusal_becomes_an_error_of_the_protocol() {
    let error = ErrorData::from(AuthorizeError::MissingToken);
    assert_eq!(error.code.0, -31403);
    let json = serde_json::to_value(&error).expect("JSON");
    assert_eq!(json["data"]["error"], "missing_token");
    assert_eq!(
        json["message"],
        "missing_token: An access token is required."
    );
}
