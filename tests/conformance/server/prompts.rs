//! Prompts.

use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{
    ContentBlock, GetPromptResponse, GetPromptResult, InputRequiredResult, InputResponses,
    PromptMessage, ResourceContents, Role,
};
use rmcp::schemars::{self, JsonSchema};
use rmcp::{ErrorData, prompt, prompt_router};
use scopes_core::requires_scopes;
use serde::Deserialize;

use super::Everything;
use super::content::IMAGE;
use super::rounds::{answer, filled, needs, question};

#[derive(Deserialize, JsonSchema)]
struct Two {
    arg1: String,
    arg2: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Embedded {
    resource_uri: String,
}

fn says(blocks: Vec<ContentBlock>) -> GetPromptResult {
    let messages = blocks.into_iter();
    GetPromptResult::new(
        messages
            .map(|block| PromptMessage::new(Role::User, block))
            .collect::<Vec<_>>(),
    )
}

#[prompt_router(vis = "pub(super)")]
impl Everything {
    /// Says one thing.
    #[requires_scopes("content:read")]
    #[prompt]
    fn test_simple_prompt() -> Result<GetPromptResult, ErrorData> {
        Ok(says(vec![ContentBlock::text(
            "This is a simple prompt for testing.",
        )]))
    }

    /// Says what it is given.
    #[requires_scopes("content:read")]
    #[prompt]
    fn test_prompt_with_arguments(
        Parameters(Two { arg1, arg2 }): Parameters<Two>,
    ) -> Result<GetPromptResult, ErrorData> {
        let said = format!("Prompt with arguments: arg1='{arg1}', arg2='{arg2}'");
        Ok(says(vec![ContentBlock::text(said)]))
    }

    /// Says what is in a resource.
    #[requires_scopes("content:read")]
    #[prompt]
    fn test_prompt_with_embedded_resource(
        Parameters(Embedded { resource_uri }): Parameters<Embedded>,
    ) -> Result<GetPromptResult, ErrorData> {
        let resource =
            ResourceContents::text("An embedded text.", resource_uri).with_mime_type("text/plain");
        Ok(says(vec![
            ContentBlock::resource(resource),
            ContentBlock::text("Please process the embedded resource above."),
        ]))
    }

    /// Shows an image.
    #[requires_scopes("content:read")]
    #[prompt]
    fn test_prompt_with_image() -> Result<GetPromptResult, ErrorData> {
        Ok(says(vec![
            ContentBlock::image(IMAGE, "image/png"),
            ContentBlock::text("Please analyze the image above."),
        ]))
    }

    /// Needs to know more.
    #[requires_scopes(all("content:read", "client:ask"))]
    #[prompt]
    fn test_input_required_result_prompt() -> Result<InputRequiredResult, ErrorData> {
        Ok(needs(
            "user_context",
            question("In which context?", "context")?,
        ))
    }
}

/// What a prompt that needs to know more makes of what it was told.
pub(super) fn told(
    response: GetPromptResponse,
    responses: Option<&InputResponses>,
) -> GetPromptResponse {
    match (&response, answer(responses, "user_context")) {
        (GetPromptResponse::InputRequired(_), Some(context)) => {
            let said = format!("Context: {}", filled(context, "context"));
            says(vec![ContentBlock::text(said)]).into()
        }
        _ => response,
    }
}
