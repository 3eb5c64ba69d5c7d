//! A server whose tools come and go at run time: one registry for the check, the handler and the
//! lists.

use std::sync::{Arc, Mutex};

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorCode,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleClient, RunningService, ServiceError};
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt};
use scopes_core::registry::RegistryProblem;
use scopes_core::rmcp::{LocalPolicy, as_caller, validate};
use scopes_core::{
    GrantedScopes, OperationKind, ProtectedOperation, Registry, Requirement, ScopeName,
    scoped_handler,
};

#[derive(Clone, Default)]
struct Plugins {
    registry: Registry,
    loaded: Arc<Mutex<Vec<&'static str>>>,
}

impl Plugins {
    fn load(&self, tool: &'static str) {
        self.loaded.lock().expect("no panic").push(tool);
    }

    fn require(&self, tool: &'static str, scope: &'static str) {
        let requirement = Requirement::one(ScopeName::from_static(scope));
        let operation = ProtectedOperation::at_run_time(OperationKind::Tool, tool, requirement);
        self.registry.add(operation);
    }
}

#[scoped_handler(registry = self.registry, hide_unpermitted = true)]
impl ServerHandler for Plugins {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let loaded = self.loaded.lock().expect("no panic").clone();
        let tool = |name| Tool::new(name, "a plugin", serde_json::Map::new());
        Ok(ListToolsResult::with_all_items(
            loaded.into_iter().map(tool).collect(),
        ))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let content = ContentBlock::text(request.name.into_owned());
        Ok(CallToolResult::success(vec![content]).into())
    }
}

async fn client_of(plugins: Plugins, scopes: &str) -> RunningService<RoleClient, ()> {
    let (near, far) = tokio::io::duplex(4096);
    let scopes = GrantedScopes::parse(scopes).expect("a list");
    let caller = LocalPolicy::Granted(scopes).caller(&Registry::of_program(), "ada");
    tokio::spawn(async move {
        let running = plugins.serve(as_caller(far, caller)).await;
        running.expect("a session").waiting().await
    });
    ().serve(near).await.expect("a session")
}

/// The text of the answer, or the code of the error.
async fn call(
    client: &RunningService<RoleClient, ()>,
    tool: &'static str,
) -> Result<String, ErrorCode> {
    match client.call_tool(CallToolRequestParams::new(tool)).await {
        Ok(result) => Ok(result.content[0].as_text().expect("a text").text.clone()),
        Err(ServiceError::McpError(error)) => Err(error.code),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn tools_come_and_go_and_the_check_keeps_its_promise() {
    let plugins = Plugins::default();
    plugins.load("search");
    let error = validate(plugins.clone(), &plugins.registry)
        .await
        .expect_err("a problem");
    assert!(matches!(
        error.problems(),
        [RegistryProblem::NotAnnotated { name, .. }] if name == "search"
    ));
    let client = client_of(plugins.clone(), "tags:read").await;
    assert_eq!(
        call(&client, "search").await,
        Err(ErrorCode::INVALID_PARAMS)
    );
    assert_eq!(client.list_all_tools().await.expect("tools").len(), 0);

    plugins.require("search", "tags:read");
    assert_eq!(validate(plugins.clone(), &plugins.registry).await, Ok(()));
    assert_eq!(call(&client, "search").await, Ok("search".to_owned()));
    assert_eq!(client.list_all_tools().await.expect("tools").len(), 1);

    plugins.load("send");
    plugins.require("send", "entries:write");
    assert_eq!(
        call(&client, "send").await,
        Ok("entries:write is required.".to_owned())
    );
    assert_eq!(client.list_all_tools().await.expect("tools").len(), 1);

    plugins.registry.remove(OperationKind::Tool, "search");
    assert_eq!(
        call(&client, "search").await,
        Err(ErrorCode::INVALID_PARAMS)
    );
    // Served, and no longer listed.
    let error = validate(plugins.clone(), &plugins.registry)
        .await
        .expect_err("a problem");
    assert_eq!(error.problems().len(), 1);
}
