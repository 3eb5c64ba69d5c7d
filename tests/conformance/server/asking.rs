//! Tools that ask the client while they run, as versions before 2026-07-28 have it.

use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{
    CallToolResult, CreateMessageRequestParams, ElicitRequestParams, SamplingMessage,
};
use rmcp::schemars::{self, JsonSchema};
use rmcp::{ErrorData, Peer, RoleServer, tool, tool_router};
use scopes_core::requires_scopes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Everything, failed, text};

#[derive(Deserialize, JsonSchema)]
struct Prompt {
    prompt: String,
}

#[derive(Deserialize, JsonSchema)]
struct Message {
    message: String,
}

/// What a form asks for that has a default for everything.
fn defaults() -> Value {
    json!({
        "name": { "type": "string", "default": "John Doe" },
        "age": { "type": "integer", "default": 30 },
        "score": { "type": "number", "default": 95.5 },
        "status": {
            "type": "string",
            "enum": ["active", "inactive", "pending"],
            "default": "active",
        },
        "verified": { "type": "boolean", "default": true },
    })
}

/// Every way to offer a choice.
fn choices() -> Value {
    let titled = json!([
        { "const": "value1", "title": "First" },
        { "const": "value2", "title": "Second" },
    ]);
    json!({
        "untitledSingle": { "type": "string", "enum": ["option1", "option2"] },
        "titledSingle": { "type": "string", "oneOf": titled },
        "legacyEnum": {
            "type": "string",
            "enum": ["opt1", "opt2"],
            "enumNames": ["Option One", "Option Two"],
        },
        "untitledMulti": {
            "type": "array",
            "items": { "type": "string", "enum": ["option1", "option2"] },
        },
        "titledMulti": { "type": "array", "items": { "anyOf": titled } },
    })
}

#[tool_router(router = asking_tools, vis = "pub(super)")]
impl Everything {
    /// Has the client's model answer a prompt.
    #[requires_scopes("client:ask")]
    #[tool]
    async fn test_sampling(
        peer: Peer<RoleServer>,
        Parameters(Prompt { prompt }): Parameters<Prompt>,
    ) -> Result<CallToolResult, ErrorData> {
        let prompt = vec![SamplingMessage::user_text(prompt)];
        let answered = peer.create_message(CreateMessageRequestParams::new(prompt, 100));
        let answer = answered.await.map_err(failed)?;
        let said = answer
            .message
            .content
            .first()
            .and_then(|block| block.as_text());
        let said = said.map_or("nothing", |block| &block.text);
        Ok(text(format!("LLM response: {said}")))
    }

    /// Asks the user who they are.
    #[requires_scopes("client:ask")]
    #[tool]
    async fn test_elicitation(
        peer: Peer<RoleServer>,
        Parameters(Message { message }): Parameters<Message>,
    ) -> Result<CallToolResult, ErrorData> {
        let properties = json!({
            "username": { "type": "string" },
            "email": { "type": "string" },
        });
        elicit(&peer, message, &properties).await
    }

    /// Asks the user with defaults.
    #[requires_scopes("client:ask")]
    #[tool]
    async fn test_elicitation_sep1034_defaults(
        peer: Peer<RoleServer>,
    ) -> Result<CallToolResult, ErrorData> {
        elicit(&peer, "Are these right?".to_owned(), &defaults()).await
    }

    /// Lets the user choose.
    #[requires_scopes("client:ask")]
    #[tool]
    async fn test_elicitation_sep1330_enums(
        peer: Peer<RoleServer>,
    ) -> Result<CallToolResult, ErrorData> {
        elicit(&peer, "Which ones?".to_owned(), &choices()).await
    }
}

async fn elicit(
    peer: &Peer<RoleServer>,
    message: String,
    properties: &Value,
) -> Result<CallToolResult, ErrorData> {
    let form = form(message, properties, &[])?;
    let result = peer.create_elicitation(form).await.map_err(failed)?;
    Ok(text(format!("User response: {:?}", result.action)))
}

/// A form with these properties, some of them required.
pub(super) fn form(
    message: impl Into<String>,
    properties: &Value,
    required: &[&str],
) -> Result<ElicitRequestParams, ErrorData> {
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    Ok(ElicitRequestParams::FormElicitationParams {
        meta: None,
        message: message.into(),
        requested_schema: serde_json::from_value(schema).map_err(failed)?,
    })
}
