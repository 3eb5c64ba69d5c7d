//! A handler whose types and attributes go by other names is guarded as well.

use rmcp::model::{
    ArgumentInfo, CompleteRequestParams, CompleteResult, Reference, ServerCapabilities,
    ServerConfig,
};
use rmcp::service::{RequestContext as Context, ServiceError};
use rmcp::tool_handler as with_tools;
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt, tool, tool_router};
use scopes_core::rmcp::{LocalPolicy, as_caller};
use scopes_core::{GrantedScopes, Registry, requires_scopes, scoped_handler};
use scopes_tests::vocabulary::Scope;

type Asked = CompleteRequestParams;

#[derive(Clone)]
struct Aliased;

#[tool_router]
impl Aliased {
    #[requires_scopes("entries:read", catalog = Scope, server = "aliased")]
    #[tool]
    async fn list_entries(&self) -> Result<String, ErrorData> {
        Ok(String::new())
    }

    /// Not annotated.
    #[tool]
    async fn forgotten(&self) -> Result<String, ErrorData> {
        Ok(String::new())
    }
}

#[requires_scopes("entries:read", catalog = Scope, server = "aliased", prompt = "suggest")]
fn _suggest() -> Result<(), ErrorData> {
    Ok(())
}

#[scoped_handler(server = "aliased")]
#[with_tools]
impl ServerHandler for Aliased {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_completions();
        ServerConfig::new(capabilities.build())
    }

    async fn complete(
        &self,
        _: Asked,
        _: Context<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        Ok(CompleteResult::default())
    }
}

#[tokio::test]
async fn other_names_hide_no_method_from_the_attribute() {
    for (scopes, is_allowed) in [("", false), ("entries:read", true)] {
        let (near, far) = tokio::io::duplex(4096);
        let scopes = GrantedScopes::parse(scopes).expect("a list");
        let caller = LocalPolicy::Granted(scopes).caller(&Registry::of_program(), "ada");
        tokio::spawn(async move {
            let running = Aliased.serve(as_caller(far, caller)).await;
            running.expect("a session").waiting().await
        });
        let client = ().serve(near).await.expect("a session");
        let argument = || ArgumentInfo::new("x", "");
        let known = CompleteRequestParams::new(Reference::for_prompt("suggest"), argument());
        assert_eq!(client.complete(known).await.is_ok(), is_allowed);
        let other = CompleteRequestParams::new(Reference::for_prompt("other"), argument());
        assert!(client.complete(other).await.is_err());
        let call = |name: &'static str| rmcp::model::CallToolRequestParams::new(name);
        let listed = client
            .call_tool(call("list_entries"))
            .await
            .expect("a result");
        assert_eq!(listed.is_error != Some(true), is_allowed);
        let forgotten = client.call_tool(call("forgotten")).await;
        assert!(
            matches!(forgotten, Err(ServiceError::McpError(_))),
            "{forgotten:?}"
        );
    }
}
