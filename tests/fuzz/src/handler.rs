//! An MCP server without guards, which records what it is asked.

use std::sync::{Arc, Mutex};

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CancelTaskParams,
    CompleteRequestParams, CompleteResult, CustomNotification, CustomRequest, CustomResult,
    GetPromptRequestParams, GetPromptResponse, GetPromptResult, GetSkillRequestParams,
    GetSkillResult, GetTaskParams, GetTaskResult, ReadResourceDirectoryRequestParams,
    ReadResourceDirectoryResult, ReadResourceRequestParams, ReadResourceResponse,
    ReadResourceResult, Reference, ServerCapabilities, ServerConfig, SubscribeRequestParams,
    SubscriptionFilter, UnsubscribeRequestParams, UpdateTaskParams,
};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::Value;

/// What the handler is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    Tool(String),
    Prompt(String),
    Resource(String),
    Method(String),
    Task(String),
}

/// Records every operation that reaches it.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Vec<Asked>>>);

impl Recorder {
    fn record(&self, asked: Asked) {
        self.0.lock().expect("no panic").push(asked);
    }

    /// Records a message that rmcp could not read as one of MCP's own: it hands on any method
    /// whose parameters it cannot read as a custom one.
    fn record_custom(&self, method: String, params: Option<&Value>) {
        let member = |name: &str| {
            let value = params.and_then(|params| params.get(name));
            value.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        match &*method {
            "initialize"
            | "ping"
            | "server/discover"
            | "logging/setLevel"
            | "tools/list"
            | "prompts/list"
            | "resources/list"
            | "resources/templates/list"
            | "skills/list" => {}
            "tools/call" => self.record(Asked::Tool(member("name"))),
            "prompts/get" => self.record(Asked::Prompt(member("name"))),
            "resources/read"
            | "resources/subscribe"
            | "resources/unsubscribe"
            | "resources/directory/read"
            | "skills/get" => self.record(Asked::Resource(member("uri"))),
            "completion/complete" => {
                let reference = params.and_then(|params| params.get("ref"));
                let member = |name: &str| reference.and_then(|it| it.get(name)?.as_str());
                self.record(match (member("type"), member("name"), member("uri")) {
                    (Some("ref/prompt"), Some(name), _) => Asked::Prompt(name.to_owned()),
                    (Some("ref/resource"), _, Some(uri)) => Asked::Resource(uri.to_owned()),
                    _ => Asked::Method(method),
                });
            }
            "subscriptions/listen" => {
                let filter = params.and_then(|params| params.get("notifications"));
                let uris = filter.and_then(|filter| filter.get("resourceSubscriptions"));
                for uri in uris.and_then(Value::as_array).into_iter().flatten() {
                    let uri = uri.as_str().unwrap_or_default();
                    self.record(Asked::Resource(uri.to_owned()));
                }
            }
            _ => self.record(Asked::Method(method)),
        }
    }

    /// Returns what was asked since the last call.
    ///
    /// # Panics
    ///
    /// If the handler has panicked.
    #[must_use]
    pub fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.0.lock().expect("no panic"))
    }
}

type Context = RequestContext<RoleServer>;

fn unavailable<T>() -> Result<T, ErrorData> {
    Err(ErrorData::internal_error("recorded", None))
}

#[allow(deprecated, reason = "clients of older versions subscribe with it")]
impl ServerHandler for Recorder {
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
        _: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        self.record(Asked::Tool(request.name.into_owned()));
        Ok(CallToolResult::success(Vec::new()).into())
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: Context,
    ) -> Result<GetPromptResponse, ErrorData> {
        self.record(Asked::Prompt(request.name));
        Ok(GetPromptResult::new(Vec::new()).into())
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: Context,
    ) -> Result<ReadResourceResponse, ErrorData> {
        self.record(Asked::Resource(request.uri));
        Ok(ReadResourceResult::new(Vec::new()).into())
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        _: Context,
    ) -> Result<(), ErrorData> {
        self.record(Asked::Resource(request.uri));
        Ok(())
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        _: Context,
    ) -> Result<(), ErrorData> {
        self.record(Asked::Resource(request.uri));
        Ok(())
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        for uri in requested.resource_subscriptions.iter().flatten() {
            self.record(Asked::Resource(uri.clone()));
        }
        Some(requested.clone())
    }

    async fn listen(&self, _: SubscriptionContext) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        _: Context,
    ) -> Result<CompleteResult, ErrorData> {
        self.record(match request.r#ref {
            Reference::Prompt(prompt) => Asked::Prompt(prompt.name),
            Reference::Resource(resource) => Asked::Resource(resource.uri),
            other => Asked::Method(format!("{other:?}")),
        });
        Ok(CompleteResult::default())
    }

    async fn get_task(
        &self,
        request: GetTaskParams,
        _: Context,
    ) -> Result<GetTaskResult, ErrorData> {
        self.record(Asked::Task(request.task_id));
        unavailable()
    }

    async fn update_task(&self, request: UpdateTaskParams, _: Context) -> Result<(), ErrorData> {
        self.record(Asked::Task(request.task_id));
        Ok(())
    }

    async fn cancel_task(&self, request: CancelTaskParams, _: Context) -> Result<(), ErrorData> {
        self.record(Asked::Task(request.task_id));
        Ok(())
    }

    async fn get_skill(
        &self,
        request: GetSkillRequestParams,
        _: Context,
    ) -> Result<GetSkillResult, ErrorData> {
        self.record(Asked::Resource(request.uri));
        unavailable()
    }

    async fn read_resource_directory(
        &self,
        request: ReadResourceDirectoryRequestParams,
        _: Context,
    ) -> Result<ReadResourceDirectoryResult, ErrorData> {
        self.record(Asked::Resource(request.uri));
        Ok(ReadResourceDirectoryResult::default())
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: Context,
    ) -> Result<CustomResult, ErrorData> {
        self.record_custom(request.method, request.params.as_ref());
        unavailable()
    }

    async fn on_custom_notification(
        &self,
        notification: CustomNotification,
        _: NotificationContext<RoleServer>,
    ) {
        self.record_custom(notification.method, notification.params.as_ref());
    }
}
