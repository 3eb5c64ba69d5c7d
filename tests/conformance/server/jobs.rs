//! Tools whose work may go on as a task.

use std::time::Duration;

use rmcp::handler::server::tool::InputResponses;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{
    CallToolResponse, CallToolResult, ClientCapabilities, ContentBlock, CreateTaskResult,
};
use rmcp::schemars::{self, JsonSchema};
use rmcp::service::RequestContext;
use rmcp::task_manager::{TaskContext, TaskExit, TaskFuture, TaskOptions};
use rmcp::{ErrorData, RoleServer, tool, tool_router};
use scopes_core::requires_scopes;
use serde::Deserialize;

use super::rounds::{answer, filled, needs, question};
use super::{Everything, text};

type Started = Result<CallToolResponse, ErrorData>;

#[derive(Deserialize, JsonSchema)]
struct Named {
    name: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
struct Slow {
    seconds: Option<f64>,
}

#[derive(Deserialize, JsonSchema)]
struct File {
    filename: Option<String>,
}

fn knows_tasks(context: &RequestContext<RoleServer>) -> bool {
    let declared = context.client_capabilities();
    declared.is_some_and(|declared| declared.supports_tasks())
}

fn has_to_know_tasks(context: &RequestContext<RoleServer>) -> Result<(), ErrorData> {
    if knows_tasks(context) {
        return Ok(());
    }
    let needed = ClientCapabilities::builder().enable_tasks().build();
    Err(ErrorData::missing_required_client_capability(needed))
}

/// What the user is asked for under `key` while the task waits.
async fn ask(task: &TaskContext, key: &str, field: &str) -> Result<String, TaskExit> {
    let response = task.request_input(key, question(key, field)?).await?;
    Ok(response["content"][field].to_string())
}

#[tool_router(router = job_tools, vis = "pub(super)")]
impl Everything {
    /// Greets at once, whoever calls.
    #[requires_scopes(authenticated)]
    #[tool]
    fn greet(Parameters(named): Parameters<Named>) -> Result<CallToolResult, ErrorData> {
        let name = named.name.as_deref().unwrap_or("friend");
        Ok(text(format!("Hello, {name}!")))
    }

    /// Takes some seconds.
    #[requires_scopes("jobs:run")]
    #[tool]
    async fn slow_compute(
        &self,
        context: RequestContext<RoleServer>,
        Parameters(slow): Parameters<Slow>,
    ) -> Started {
        let work = tokio::time::sleep(Duration::from_secs_f64(slow.seconds.unwrap_or(1.0)));
        if !knows_tasks(&context) {
            work.await;
            return Ok(text("computed").into());
        }
        Ok(self.start(|task| {
            Box::pin(async move {
                tokio::select! {
                    () = task.cancelled() => Err(TaskExit::Cancelled),
                    () = work => Ok(text("computed")),
                }
            })
        }))
    }

    /// Completes as a task, and says that it failed.
    #[requires_scopes("jobs:run")]
    #[tool]
    async fn failing_job(&self, context: RequestContext<RoleServer>) -> Started {
        has_to_know_tasks(&context)?;
        Ok(self.start(|_| {
            Box::pin(async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                let message = ContentBlock::text("the job failed");
                Ok(CallToolResult::error(vec![message]))
            })
        }))
    }

    /// Fails as a task.
    #[requires_scopes("jobs:run")]
    #[tool]
    async fn protocol_error_job(&self, context: RequestContext<RoleServer>) -> Started {
        let error = ErrorData::internal_error("the job could not be done", None);
        if !knows_tasks(&context) {
            return Err(error);
        }
        Ok(self.start(|_| {
            Box::pin(async {
                tokio::time::sleep(Duration::from_millis(200)).await;
                Err(error.into())
            })
        }))
    }

    /// Waits for a confirmation.
    #[requires_scopes(all("jobs:run", "client:ask"))]
    #[tool]
    async fn confirm_delete(
        &self,
        context: RequestContext<RoleServer>,
        Parameters(file): Parameters<File>,
    ) -> Started {
        has_to_know_tasks(&context)?;
        let name = file.filename.unwrap_or_default();
        Ok(self.start(|task| {
            Box::pin(async move {
                let confirmed = ask(&task, "confirm", "confirm").await?;
                Ok(text(format!("deletion of {name} confirmed: {confirmed}")))
            })
        }))
    }

    /// Waits for two things at a time.
    #[requires_scopes(all("jobs:run", "client:ask"))]
    #[tool]
    async fn multi_input(&self, context: RequestContext<RoleServer>) -> Started {
        has_to_know_tasks(&context)?;
        Ok(self.start(|task| {
            Box::pin(async move {
                let (first, second) =
                    tokio::join!(ask(&task, "first", "value"), ask(&task, "second", "value"));
                Ok(text(format!("{} and {}", first?, second?)))
            })
        }))
    }

    /// Needs a name before it becomes a task.
    #[requires_scopes(all("jobs:run", "client:ask"))]
    #[tool]
    async fn test_tool_with_task(
        &self,
        context: RequestContext<RoleServer>,
        InputResponses(given): InputResponses,
    ) -> Started {
        has_to_know_tasks(&context)?;
        let Some(name) = answer(given.as_ref(), "user_name") else {
            return Ok(needs("user_name", question("Your name?", "name")?).into());
        };
        let greeting = text(format!("Hello, {}!", filled(name, "name")));
        Ok(self.start(|_| {
            Box::pin(async {
                tokio::time::sleep(Duration::from_millis(200)).await;
                Ok(greeting)
            })
        }))
    }
}

impl Everything {
    fn start(&self, work: impl FnOnce(TaskContext) -> TaskFuture) -> CallToolResponse {
        CreateTaskResult::new(self.tasks.spawn(TaskOptions::default(), work)).into()
    }
}
