//! Tools that only answer, and what they need to notify on the way.

use std::sync::Arc;
use std::time::Duration;

use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{
    AudioContent, CallToolResult, ClientCapabilities, ContentBlock, JsonObject, LoggingLevel,
    LoggingMessageNotificationParam, ProgressNotificationParam, ResourceContents,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, Peer, RoleServer, tool, tool_router};
use scopes_core::requires_scopes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Change, Everything, failed, text};

/// A PNG of one pixel.
pub(super) const IMAGE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg==";
/// A WAV without a sample.
const AUDIO: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=";

/// Between two notifications, so that they go out one by one.
const PAUSE: Duration = Duration::from_millis(20);

#[derive(Deserialize)]
struct Header {
    value: String,
}

fn schema(schema: Value) -> Arc<JsonObject> {
    match schema {
        Value::Object(schema) => Arc::new(schema),
        other => unreachable!("{other} is no object"),
    }
}

fn json_schema_2020_12() -> Arc<JsonObject> {
    schema(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "address",
                "type": "object",
                "properties": { "city": { "type": "string" } },
            },
        },
        "properties": {
            "name": { "type": "string" },
            "address": { "$ref": "#/$defs/address" },
        },
        "allOf": [{ "anyOf": [{ "required": ["name"] }, { "required": ["address"] }] }],
        "if": { "required": ["address"] },
        "then": { "properties": { "address": { "required": ["city"] } } },
        "else": { "required": ["name"] },
        "additionalProperties": false,
    }))
}

fn value_in_header() -> Arc<JsonObject> {
    schema(json!({
        "type": "object",
        "properties": { "value": { "type": "string", "x-mcp-header": "Value" } },
        "required": ["value"],
    }))
}

#[tool_router(router = content_tools, vis = "pub(super)")]
impl Everything {
    /// Answers with a text.
    #[requires_scopes("content:read")]
    #[tool]
    fn test_simple_text() -> Result<CallToolResult, ErrorData> {
        Ok(text("This is a simple text response for testing."))
    }

    /// Answers with an image.
    #[requires_scopes("content:read")]
    #[tool]
    fn test_image_content() -> Result<CallToolResult, ErrorData> {
        let image = ContentBlock::image(IMAGE, "image/png");
        Ok(CallToolResult::success(vec![image]))
    }

    /// Answers with a sound.
    #[requires_scopes("content:read")]
    #[tool]
    fn test_audio_content() -> Result<CallToolResult, ErrorData> {
        let audio = ContentBlock::Audio(AudioContent::new(AUDIO, "audio/wav"));
        Ok(CallToolResult::success(vec![audio]))
    }

    /// Answers with a resource.
    #[requires_scopes("content:read")]
    #[tool]
    fn test_embedded_resource() -> Result<CallToolResult, ErrorData> {
        let resource = ResourceContents::text("An embedded text.", "test://embedded-resource")
            .with_mime_type("text/plain");
        Ok(CallToolResult::success(vec![ContentBlock::resource(
            resource,
        )]))
    }

    /// Answers with a text, an image and a resource.
    #[requires_scopes("content:read")]
    #[tool]
    fn test_multiple_content_types() -> Result<CallToolResult, ErrorData> {
        let resource = ResourceContents::text("{}", "test://mixed-content-resource")
            .with_mime_type("application/json");
        Ok(CallToolResult::success(vec![
            ContentBlock::text("Three kinds of content:"),
            ContentBlock::image(IMAGE, "image/png"),
            ContentBlock::resource(resource),
        ]))
    }

    /// Answers that it failed.
    #[requires_scopes(authenticated)]
    #[tool]
    fn test_error_handling() -> Result<CallToolResult, ErrorData> {
        let message = "This tool intentionally returns an error for testing";
        Ok(CallToolResult::error(vec![ContentBlock::text(message)]))
    }

    /// Logs three times.
    #[requires_scopes("content:read")]
    #[tool]
    async fn test_tool_with_logging(peer: Peer<RoleServer>) -> Result<CallToolResult, ErrorData> {
        for message in ["started", "at work", "completed"] {
            log(&peer, LoggingLevel::Info, message).await?;
            tokio::time::sleep(PAUSE).await;
        }
        Ok(text("logged"))
    }

    /// Logs if the request asks for it.
    #[requires_scopes("content:read")]
    #[tool]
    async fn test_logging_tool(
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResult, ErrorData> {
        if let Some(level) = context.meta.log_level() {
            log(&context.peer, level, "asked for").await?;
        }
        Ok(text("logged if asked for"))
    }

    /// Tells its progress.
    #[requires_scopes("content:read")]
    #[tool]
    async fn test_tool_with_progress(
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResult, ErrorData> {
        if let Some(token) = context.meta.get_progress_token() {
            for percent in [0.0, 50.0, 100.0] {
                let progress = ProgressNotificationParam::new(token.clone(), percent);
                let told = context.peer.notify_progress(progress.with_total(100.0));
                told.await.map_err(failed)?;
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(text("all done"))
    }

    /// Takes a while, in which the client may lose the connection.
    #[requires_scopes(authenticated)]
    #[tool]
    async fn test_reconnection() -> Result<CallToolResult, ErrorData> {
        tokio::time::sleep(5 * PAUSE).await;
        Ok(text("reconnected"))
    }

    /// Takes what only a schema of 2020-12 can say.
    #[requires_scopes("content:read")]
    #[tool(input_schema = json_schema_2020_12())]
    fn json_schema_2020_12_tool() -> Result<CallToolResult, ErrorData> {
        Ok(text("valid"))
    }

    /// Takes a value that also stands in a header.
    #[requires_scopes("content:read")]
    #[tool(input_schema = value_in_header())]
    fn test_custom_header(
        Parameters(header): Parameters<Header>,
    ) -> Result<CallToolResult, ErrorData> {
        Ok(text(header.value))
    }

    /// Cannot do without sampling.
    #[requires_scopes(all("content:read", "client:ask"))]
    #[tool]
    fn test_missing_capability(
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResult, ErrorData> {
        let declared = context.meta.client_capabilities().unwrap_or_default();
        if declared.sampling.is_some() {
            return Ok(text("declared"));
        }
        let needed = ClientCapabilities::builder().enable_sampling().build();
        Err(ErrorData::missing_required_client_capability(needed))
    }

    /// Tells subscribers that there are other tools.
    #[requires_scopes("lists:change")]
    #[tool]
    async fn test_trigger_tool_change(&self) -> Result<CallToolResult, ErrorData> {
        self.tell(Change::Tools);
        Ok(text("told"))
    }

    /// Tells subscribers that there are other prompts.
    #[requires_scopes("lists:change")]
    #[tool]
    async fn test_trigger_prompt_change(&self) -> Result<CallToolResult, ErrorData> {
        self.tell(Change::Prompts);
        Ok(text("told"))
    }
}

async fn log(peer: &Peer<RoleServer>, level: LoggingLevel, message: &str) -> Result<(), ErrorData> {
    let message = LoggingMessageNotificationParam::new(level, json!(message));
    peer.notify_logging_message(message).await.map_err(failed)
}
