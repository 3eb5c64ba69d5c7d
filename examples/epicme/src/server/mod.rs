//! The MCP server: what a client can do with a journal, and the scopes it takes.

mod completion;
mod error;
mod prompts;
mod resources;
mod tools;

use rmcp::handler::server::router::prompt::PromptRouter;
use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::handler::server::tool::ToolCallContext;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CompleteRequestParams, CompleteResult,
    ContentBlock, ErrorCode, Implementation, ListResourceTemplatesResult, ListResourcesResult,
    PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities,
    ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler, prompt_handler, tool_handler};
use scopes_core::{Caller, scoped_handler};

pub use error::CallToolError;
pub use tools::{About, DeletedEntry, DeletedTag, NotebookList, TagList, UsedNotebook, Whoami};

use crate::journal::{Identity, Journal, OwnJournal, UseJournalError};

const INSTRUCTIONS: &str = "\
EpicMe is the user's journal. Entries have a title and a content, and may have a mood, a location, \
weather and tags. Each is in a notebook; notebook 1 is there from the start. Look at `list_tags` before you make a tag: reuse those that fit, and put them on \
an entry with `add_tag_to_entry`. Lists of entries are newest first and come in pages. Write what \
the user says in their own words, and delete nothing that they have not named. An operation that \
takes scopes which were not granted is refused with the scopes it takes; the user can grant them. \
`about` says what each scope is for.";

/// The handler of one session.
#[derive(Clone, Debug)]
pub struct EpicMe {
    journal: Journal,
    hide_unpermitted: bool,
    tools: ToolRouter<Self>,
    prompts: PromptRouter<Self>,
}

impl EpicMe {
    /// Serves `journal`. With `hide_unpermitted`, lists hold only what the caller may use.
    #[must_use]
    pub fn new(journal: Journal, hide_unpermitted: bool) -> Self {
        Self {
            journal,
            hide_unpermitted,
            tools: Self::about_tools()
                + Self::user_tools()
                + Self::entry_tools()
                + Self::notebook_tools()
                + Self::tag_tools(),
            prompts: Self::prompts(),
        }
    }

    /// Does `work` in the current caller's journal, on a thread that may wait for the database.
    async fn own_journal<T: Send + 'static>(
        &self,
        work: impl FnOnce(&OwnJournal<'_>) -> Result<T, UseJournalError> + Send + 'static,
    ) -> Result<T, UseJournalError> {
        let caller = Caller::current();
        let identity = caller.token().and_then(Identity::of_token);
        let identity = identity.ok_or(UseJournalError::UnknownUser)?;
        let journal = self.journal.clone();
        let work = move || journal.of_user(&identity, work);
        tokio::task::spawn_blocking(work)
            .await
            .unwrap_or_else(|error| Err(UseJournalError::Unavailable(error.into())))
    }
}

#[scoped_handler(hide_unpermitted = self.hide_unpermitted, anonymous = "public")]
#[tool_handler(router = self.tools)]
#[prompt_handler(router = self.prompts)]
impl ServerHandler for EpicMe {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_completions()
            .enable_prompts()
            .enable_resources()
            .enable_tools()
            .build();
        let epicme = Implementation::new("epicme", env!("CARGO_PKG_VERSION"))
            .with_title("EpicMe")
            .with_description("Your journal");
        ServerConfig::new(capabilities)
            .with_server_info(epicme)
            .with_instructions(INSTRUCTIONS)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let is_tool = self.tools.has_route(&request.name);
        let context = ToolCallContext::new(self, request, context);
        match self.tools.call(context).await {
            // Wrong arguments are for the model to mend, and clients keep protocol errors from it.
            Err(error) if is_tool && error.code == ErrorCode::INVALID_PARAMS => {
                let message = ContentBlock::text(error.message);
                Ok(CallToolResult::error(vec![message]).into())
            }
            answer => answer,
        }
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(ListResourcesResult::with_all_items(resources::resources()))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let templates = resources::templates();
        Ok(ListResourceTemplatesResult::with_all_items(templates))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        self.read(&request.uri).await.map(Into::into)
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        self.suggest(request).await
    }
}
