//! A journal with every kind of operation, that tells what was executed.

use std::sync::{Arc, Mutex};

use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CancelTaskParams,
    CompleteRequestParams, CompleteResult, ContentBlock, CreateTaskResult, CustomRequest,
    CustomResult, DetailedTask, GetPromptResult, GetSkillRequestParams, GetSkillResult,
    GetTaskParams, GetTaskResult, ListSkillsResult, PaginatedRequestParams, PromptMessage,
    ReadResourceDirectoryRequestParams, ReadResourceDirectoryResult, ReadResourceRequestParams,
    ReadResourceResponse, ReadResourceResult, ResourceContents, Role, ServerCapabilities,
    ServerConfig, Skill, SkillFrontmatter, SkillResources, SubscribeRequestParams,
    SubscriptionFilter, Task, TaskPayload, TaskStatus, UnsubscribeRequestParams, UpdateTaskParams,
};
use rmcp::schemars::{self, JsonSchema};
use rmcp::service::{RequestContext, SubscriptionContext};
use rmcp::{
    ErrorData, RoleServer, ServerHandler, prompt, prompt_handler, prompt_router, tool, tool_router,
};
use scopes_core::{ScopeCatalog, requires_scopes, scoped_handler};
use scopes_tests::vocabulary::Scope;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Scopes of one binder.
#[derive(Clone, Copy, ScopeCatalog)]
pub(crate) enum BinderScope {
    /// Read this binder.
    #[scope("binders:{binder}:read")]
    Read,
    /// Change this binder.
    #[scope("binders:{binder}:write", implies(Read))]
    Write,
}

#[derive(Deserialize, JsonSchema, Serialize)]
struct Binder {
    binder: String,
}

#[derive(Clone, Default)]
pub(crate) struct Journal(Arc<Mutex<Vec<String>>>);

impl Journal {
    fn did(&self, what: impl Into<String>) {
        self.0.lock().expect("no panic").push(what.into());
    }

    /// What was executed since the last time.
    pub(crate) fn executed(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no panic"))
    }
}

#[tool_router]
impl Journal {
    #[requires_scopes(any("entries:read", "entries:write"), catalog = Scope, server = "gated")]
    #[tool(name = "entries.list")]
    async fn list_entries(&self) -> Result<String, ErrorData> {
        self.did("entries.list");
        Ok("none".to_owned())
    }

    #[requires_scopes("binders:{binder}:read", catalog = BinderScope, server = "gated")]
    #[tool(name = "binders.list")]
    async fn list_binder(
        &self,
        Parameters(Binder { binder }): Parameters<Binder>,
    ) -> Result<String, ErrorData> {
        self.did(format!("binders.list {binder}"));
        Ok("none".to_owned())
    }

    #[requires_scopes(public, server = "gated")]
    #[tool]
    async fn open(&self) -> Result<String, ErrorData> {
        self.did("open");
        Ok("open".to_owned())
    }

    /// Below `#[tool]`.
    #[tool]
    #[requires_scopes("tags:write", catalog = Scope, server = "gated", tool = "create_tag")]
    async fn create_tag(&self) -> Result<String, ErrorData> {
        self.did("create_tag");
        Ok("made".to_owned())
    }
}

#[requires_scopes("entries:read", catalog = Scope, server = "gated", tool = "export")]
fn _export() -> Result<(), ErrorData> {
    Ok(())
}

#[requires_scopes("binders:{binder}:read", catalog = BinderScope, server = "gated", tool = "export_binder")]
fn _export_binder(binder: &str) -> Result<(), ErrorData> {
    Ok(())
}

#[prompt_router]
impl Journal {
    #[requires_scopes("binders:{binder}:read", catalog = BinderScope, server = "gated")]
    #[prompt]
    async fn tidy_binder(
        &self,
        Parameters(Binder { binder }): Parameters<Binder>,
    ) -> Result<GetPromptResult, ErrorData> {
        self.did(format!("tidy_binder {binder}"));
        let message = PromptMessage::new_text(Role::User, "tidy");
        Ok(GetPromptResult::new(vec![message]))
    }

    #[requires_scopes("tags:read", catalog = Scope, server = "gated")]
    #[prompt]
    async fn suggest_tags(&self) -> Result<GetPromptResult, ErrorData> {
        self.did("suggest_tags");
        let message = PromptMessage::new_text(Role::User, "tags");
        Ok(GetPromptResult::new(vec![message]))
    }
}

impl Journal {
    #[requires_scopes("entries:read", catalog = Scope, server = "gated", resource = "journal://entries/{id}")]
    async fn read_entry(&self, uri: &str) -> Result<String, ErrorData> {
        self.did(format!("read {uri}"));
        Ok(uri.to_owned())
    }

    #[requires_scopes("binders:{binder}:read", catalog = BinderScope, server = "gated", resource = "binder://{binder}/books")]
    async fn read_binder(&self, binder: &str) -> Result<String, ErrorData> {
        self.did(format!("read binder {binder}"));
        Ok(binder.to_owned())
    }

    #[requires_scopes("binders:{binder}:read", catalog = BinderScope, server = "gated", method = "journal/binder")]
    async fn binder(&self, binder: &str) -> Result<CustomResult, ErrorData> {
        self.did(format!("custom journal/binder {binder}"));
        Ok(CustomResult(json!({})))
    }

    #[requires_scopes("tags:read", catalog = Scope, server = "gated", resource = "skill://tags/SKILL.md")]
    async fn skill(&self) -> Result<Skill, ErrorData> {
        self.did("skills/get");
        let about = SkillFrontmatter::new("tags", "How to use tags.");
        Ok(Skill::new(
            "skill://tags/SKILL.md",
            about,
            SkillResources::Dynamic,
        ))
    }

    #[requires_scopes("tags:read", catalog = Scope, server = "gated", resource = "skill://tags")]
    async fn files(&self) -> Result<ReadResourceDirectoryResult, ErrorData> {
        self.did("directory");
        Ok(ReadResourceDirectoryResult::default())
    }

    #[requires_scopes("user:read", catalog = Scope, server = "gated", method = "journal/custom")]
    async fn custom(&self) -> Result<CustomResult, ErrorData> {
        self.did("custom journal/custom");
        Ok(CustomResult(json!({})))
    }
}

#[scoped_handler(server = "gated")]
#[prompt_handler]
#[allow(deprecated, reason = "clients of older versions subscribe with it")]
impl ServerHandler for Journal {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(
            ServerCapabilities::builder()
                .enable_tools()
                .enable_prompts()
                .enable_resources()
                .enable_resources_subscribe()
                .enable_completions()
                .enable_logging()
                .enable_tasks()
                .enable_skills_with_directory_read()
                .build(),
        )
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let task = match &*request.name {
            "export" => Some("task-1"),
            "export_binder" => Some("task-of-binder"),
            _ => None,
        };
        if let Some(task) = task {
            self.did(&*request.name);
            let result = if request.arguments.is_some() {
                let task = Task::new(
                    task,
                    TaskStatus::Working,
                    "2026-01-01T00:00:00Z",
                    "2026-01-01T00:00:00Z",
                );
                CallToolResponse::Task(CreateTaskResult::new(task))
            } else {
                CallToolResult::success(vec![ContentBlock::text("\"taskId\": \"task-2\"")]).into()
            };
            return Ok(result);
        }
        let context = rmcp::handler::server::tool::ToolCallContext::new(self, request, context);
        Self::tool_router().call(context).await
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<rmcp::model::ListToolsResult, ErrorData> {
        self.did("tools/list");
        Ok(rmcp::model::ListToolsResult::with_all_items(
            Self::tool_router().list_all(),
        ))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let binder = request.uri.strip_prefix("binder://");
        let text = match binder.and_then(|rest| rest.strip_suffix("/books")) {
            Some(binder) => self.read_binder(binder).await?,
            None => self.read_entry(&request.uri).await?,
        };
        let contents = ResourceContents::text(text, request.uri);
        Ok(ReadResourceResult::new(vec![contents]).into())
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.did(format!("subscribe {}", request.uri));
        Ok(())
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.did(format!("unsubscribe {}", request.uri));
        Ok(())
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }

    async fn listen(&self, _: SubscriptionContext) -> Result<(), ErrorData> {
        self.did("listen");
        Ok(())
    }

    async fn complete(
        &self,
        _: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        self.did("complete");
        Ok(CompleteResult::default())
    }

    async fn set_level(
        &self,
        _: rmcp::model::SetLevelRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.did("set_level");
        Ok(())
    }

    async fn get_task(
        &self,
        request: GetTaskParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        self.did(format!("get {}", request.task_id));
        let task = Task::new(
            request.task_id,
            TaskStatus::Working,
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00Z",
        );
        Ok(GetTaskResult::new(DetailedTask::new(
            task,
            TaskPayload::Working,
        )))
    }

    async fn update_task(
        &self,
        request: UpdateTaskParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.did(format!("update {}", request.task_id));
        Ok(())
    }

    async fn cancel_task(
        &self,
        request: CancelTaskParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.did(format!("cancel {}", request.task_id));
        Ok(())
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        match request.method.as_str() {
            "journal/custom" => self.custom().await,
            "journal/binder" => {
                let params = request.params.unwrap_or_default();
                let binder = params["binder"].as_str().unwrap_or_default();
                self.binder(binder).await
            }
            other => {
                self.did(format!("custom {other}"));
                Ok(CustomResult(json!({})))
            }
        }
    }

    async fn list_skills(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListSkillsResult, ErrorData> {
        self.did("skills/list");
        Ok(ListSkillsResult::default())
    }

    async fn get_skill(
        &self,
        _: GetSkillRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetSkillResult, ErrorData> {
        Ok(GetSkillResult::new(self.skill().await?))
    }

    async fn read_resource_directory(
        &self,
        _: ReadResourceDirectoryRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceDirectoryResult, ErrorData> {
        self.files().await
    }
}
