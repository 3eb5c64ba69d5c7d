//! Three journals that differ in what callers without a token are shown.

use rmcp::model::{
    CompleteRequestParams, CompleteResult, CustomRequest, CustomResult, GetPromptResult,
    ListResourceTemplatesResult, ListResourcesResult, PaginatedRequestParams, PromptMessage,
    ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, Resource,
    ResourceContents, ResourceTemplate, Role, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{
    ErrorData, RoleServer, ServerHandler, prompt, prompt_handler, prompt_router, tool,
    tool_handler, tool_router,
};
use scopes_core::{AuthorizeError, ScopeCatalog, requires_scopes, scoped_handler};
use serde_json::json;

#[derive(ScopeCatalog)]
pub(crate) enum Scope {
    /// See who you are.
    #[scope("profile", baseline)]
    Profile,
    /// Read your journal entries.
    #[scope("entries:read")]
    EntriesRead,
    /// Write your journal entries.
    #[scope("entries:write", implies(EntriesRead))]
    EntriesWrite,
    /// Read one notebook.
    #[scope("notebooks:{notebook}:read")]
    NotebookRead,
}

/// Called by a public tool.
#[requires_scopes("entries:read", unlisted)]
pub(crate) fn secret() -> Result<String, AuthorizeError> {
    Ok("secret".to_owned())
}

macro_rules! journal {
    ($name:ident, $server:tt $(, $option:ident = $value:tt)*) => {
        #[derive(Clone)]
        pub(crate) struct $name;

        #[tool_router]
        impl $name {
            /// Says what this is.
            #[requires_scopes(public, server = $server)]
            #[tool]
            async fn about(&self) -> Result<String, ErrorData> {
                Ok("a journal".to_owned())
            }

            /// Looks into the journal, whoever is calling.
            #[requires_scopes(public, server = $server)]
            #[tool]
            async fn peek(&self) -> Result<String, ErrorData> {
                Ok(secret()?)
            }

            /// The same, with a text for an error.
            #[requires_scopes(public, server = $server)]
            #[tool]
            async fn glance(&self) -> Result<String, String> {
                secret().map_err(|error| error.to_string())
            }

            /// Lists the entries.
            #[requires_scopes(any("entries:read", "entries:write"), server = $server)]
            #[tool]
            async fn list_entries(&self) -> Result<String, ErrorData> {
                Ok("none".to_owned())
            }

            /// Calls what takes another scope.
            #[requires_scopes(authenticated, server = $server)]
            #[tool]
            async fn browse(&self) -> Result<String, ErrorData> {
                Ok(secret()?)
            }
        }

        #[prompt_router]
        impl $name {
            /// Greets.
            #[requires_scopes(public, server = $server)]
            #[prompt]
            async fn greet(&self) -> Result<GetPromptResult, ErrorData> {
                let message = PromptMessage::new_text(Role::User, "hello");
                Ok(GetPromptResult::new(vec![message]))
            }

            /// Sums up.
            #[requires_scopes("entries:read", server = $server)]
            #[prompt]
            async fn sum_up(&self) -> Result<GetPromptResult, ErrorData> {
                Ok(GetPromptResult::new(Vec::new()))
            }
        }

        impl $name {
            #[requires_scopes(public, server = $server, resource = "journal://about")]
            async fn read_about(&self) -> Result<String, ErrorData> {
                Ok("a journal".to_owned())
            }

            #[requires_scopes("entries:read", server = $server, resource = "journal://latest")]
            async fn read_latest(&self) -> Result<String, ErrorData> {
                Ok("an entry".to_owned())
            }

            #[requires_scopes("entries:read", server = $server, resource = "journal://entries/{id}")]
            async fn read_entry(&self) -> Result<String, ErrorData> {
                Ok("an entry".to_owned())
            }

            #[requires_scopes(public, server = $server, method = "journal/version")]
            async fn version(&self) -> Result<CustomResult, ErrorData> {
                Ok(CustomResult(json!({ "version": 1 })))
            }
        }

        #[scoped_handler(server = $server $(, $option = $value)*)]
        #[tool_handler]
        #[prompt_handler]
        impl ServerHandler for $name {
            fn get_info(&self) -> ServerConfig {
                let capabilities = ServerCapabilities::builder();
                let capabilities = capabilities.enable_tools().enable_prompts();
                let capabilities = capabilities.enable_resources().enable_completions();
                ServerConfig::new(capabilities.build())
            }

            async fn list_resources(
                &self,
                _: Option<PaginatedRequestParams>,
                _: RequestContext<RoleServer>,
            ) -> Result<ListResourcesResult, ErrorData> {
                let about = Resource::new("journal://about", "about");
                let latest = Resource::new("journal://latest", "latest");
                Ok(ListResourcesResult::with_all_items(vec![about, latest]))
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
                let text = match &*request.uri {
                    "journal://about" => self.read_about().await?,
                    "journal://latest" => self.read_latest().await?,
                    _ => self.read_entry().await?,
                };
                let contents = ResourceContents::text(text, request.uri);
                Ok(ReadResourceResult::new(vec![contents]).into())
            }

            async fn complete(
                &self,
                _: CompleteRequestParams,
                _: RequestContext<RoleServer>,
            ) -> Result<CompleteResult, ErrorData> {
                Ok(CompleteResult::default())
            }

            async fn on_custom_request(
                &self,
                _: CustomRequest,
                _: RequestContext<RoleServer>,
            ) -> Result<CustomResult, ErrorData> {
                self.version().await
            }
        }
    };
}

journal!(Closed, "closed", security_schemes = true);
journal!(Open, "open", anonymous = "public", security_schemes = true);
journal!(Whole, "whole", anonymous = "whole", security_schemes = true);
