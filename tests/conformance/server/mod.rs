//! A server that offers what the suite asks for.

#![allow(
    deprecated,
    reason = "versions before 2026-07-28 have it, and the suite asks for it"
)]
#![allow(
    clippy::needless_pass_by_value,
    reason = "rmcp hands over what a tool asks for"
)]

mod asking;
mod content;
mod jobs;
mod prompts;
mod resources;
mod rounds;
mod states;

use std::fmt::Display;

use rmcp::handler::server::prompt::PromptContext;
use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::model::{
    CacheScope, CallToolResult, CancelTaskParams, CompleteRequestParams, CompleteResult,
    CompletionInfo, ContentBlock, GetPromptRequestParams, GetPromptResponse, GetTaskParams,
    GetTaskResult, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
    ListToolsResult, PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse,
    ReadResourceResult, ServerCapabilities, ServerConfig, SetLevelRequestParams,
    SubscribeRequestParams, SubscriptionFilter, UnsubscribeRequestParams, UpdateTaskParams,
};
use rmcp::service::{RequestContext, SubscriptionContext};
use rmcp::task_manager::TaskManager;
use rmcp::{ErrorData, RoleServer, ServerHandler, tool_handler};
use scopes_core::scoped_handler;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use states::States;

/// How long clients may keep a list, in milliseconds.
const TTL: u64 = 60_000;

#[derive(Clone)]
pub(crate) struct Everything {
    changes: broadcast::Sender<Change>,
    states: States,
    tasks: TaskManager,
}

/// Which list is another one now.
#[derive(Clone, Copy)]
enum Change {
    Tools,
    Prompts,
}

impl Everything {
    pub(crate) fn new() -> Self {
        Self {
            changes: broadcast::Sender::new(16),
            states: States::default(),
            tasks: TaskManager::new(),
        }
    }

    fn tools() -> ToolRouter<Self> {
        Self::content_tools() + Self::asking_tools() + Self::round_tools() + Self::job_tools()
    }

    /// Without subscribers there is nobody to tell.
    fn tell(&self, change: Change) {
        let _ = self.changes.send(change);
    }
}

fn text(text: impl Into<String>) -> CallToolResult {
    CallToolResult::success(vec![ContentBlock::text(text)])
}

fn failed(error: impl Display) -> ErrorData {
    ErrorData::internal_error(error.to_string(), None)
}

#[scoped_handler]
#[tool_handler(router = Self::tools())]
impl ServerHandler for Everything {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(
            ServerCapabilities::builder()
                .enable_tools()
                .enable_tool_list_changed()
                .enable_prompts()
                .enable_prompts_list_changed()
                .enable_resources()
                .enable_resources_subscribe()
                .enable_completions()
                .enable_logging()
                .enable_tasks()
                .build(),
        )
    }

    /// The suite tries the first tool without arguments: it is none that needs a client that knows
    /// tasks.
    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let mut tools = Self::tools().list_all();
        tools.sort_by_key(|tool| !tool.name.starts_with("test_"));
        Ok(ListToolsResult::with_all_items(tools)
            .with_ttl_ms(TTL)
            .with_cache_scope(CacheScope::Private))
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let prompts = ListPromptsResult::with_all_items(Self::prompt_router().list_all());
        Ok(prompts
            .with_ttl_ms(TTL)
            .with_cache_scope(CacheScope::Private))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let responses = request.input_responses;
        let context = PromptContext::new(self, request.name, request.arguments, context);
        let response = Self::prompt_router().get_prompt(context).await?;
        Ok(prompts::told(response, responses.as_ref()))
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let resources = ListResourcesResult::with_all_items(resources::listed());
        Ok(resources
            .with_ttl_ms(TTL)
            .with_cache_scope(CacheScope::Private))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let templates = ListResourceTemplatesResult::with_all_items(resources::templates());
        Ok(templates
            .with_ttl_ms(TTL)
            .with_cache_scope(CacheScope::Private))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let contents = ReadResourceResult::new(vec![resources::read(&request.uri)?]);
        let contents = contents
            .with_ttl_ms(TTL)
            .with_cache_scope(CacheScope::Private);
        Ok(contents.into())
    }

    async fn subscribe(
        &self,
        _: SubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn unsubscribe(
        &self,
        _: UnsubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(requested.supported_by(&self.get_info().capabilities))
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let mut changes = self.changes.subscribe();
        loop {
            let change = tokio::select! {
                () = context.cancelled() => return Ok(()),
                change = changes.recv() => change,
            };
            // A list that the subscriber did not ask for is not told, which is no failure.
            let _ = match change {
                Ok(Change::Tools) => context.sink().notify_tool_list_changed().await,
                Ok(Change::Prompts) => context.sink().notify_prompt_list_changed().await,
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return Ok(()),
            };
        }
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let values = vec![format!("{}ris", request.argument.value)];
        Ok(CompleteResult::new(
            CompletionInfo::new(values).map_err(failed)?,
        ))
    }

    async fn set_level(
        &self,
        _: SetLevelRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn get_task(
        &self,
        request: GetTaskParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        Ok(GetTaskResult::new(self.tasks.get_task(&request.task_id)?))
    }

    async fn update_task(
        &self,
        request: UpdateTaskParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.tasks
            .update_task(&request.task_id, request.input_responses)
    }

    async fn cancel_task(
        &self,
        request: CancelTaskParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.tasks.cancel_task(&request.task_id)
    }
}
