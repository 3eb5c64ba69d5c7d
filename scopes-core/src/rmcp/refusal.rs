//! A refusal inside a handler: too late for an HTTP status, so it is told in band.

use rmcp::ErrorData;
use rmcp::handler::server::tool::IntoCallToolResult;
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock, ErrorCode, MetaObject};
use serde_json::Value;

use crate::error::AuthorizeError;
use crate::mcp;

const REFUSED: ErrorCode = ErrorCode(mcp::REFUSAL_CODE);

/// Where the data of a refusal stands in the `_meta` of a tool's result.
const REFUSAL: &str = "rs.docs.scopes-core/refusal";

/// Where the challenges of a refusal stand in the `_meta` of a tool's result, for clients that sign in by
/// them.
const CHALLENGES: &str = "mcp/www_authenticate";

impl From<AuthorizeError> for ErrorData {
    /// A JSON-RPC error with the code and the sentence as its message, and in its data what the client's
    /// developer needs: the sentence, and the scopes to ask for.
    ///
    /// Invalid arguments are invalid parameters, as rmcp says it of those that it cannot read.
    fn from(refusal: AuthorizeError) -> Self {
        if let AuthorizeError::InvalidArgument(argument) = refusal {
            return Self::invalid_params(argument.to_string(), None);
        }
        let data = mcp::refusal::data(&refusal, None);
        let message = mcp::refusal::message(&refusal);
        Self::new(REFUSED, message, serde_json::to_value(data).ok())
    }
}

impl IntoCallToolResult for AuthorizeError {
    /// The [`ErrorData`] of the refusal, so that a tool may return `Result<_, AuthorizeError>`.
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        Err(self.into())
    }
}

/// The answer to a `tools/call`: a refusal is a result that says so, for the model to read, since
/// clients keep protocol errors to themselves. `challenge` returns that of the refusal, for a result that
/// is an error.
///
/// # Errors
///
/// That of the answer, if it is no refusal.
pub(super) fn tool_answer(
    answer: Result<CallToolResponse, ErrorData>,
    challenge: impl FnOnce() -> Option<String>,
) -> Result<CallToolResponse, ErrorData> {
    let mut answer = match answer {
        Err(refusal) if refusal.code == REFUSED => tool_result(refusal).into(),
        answer => answer?,
    };
    if let CallToolResponse::Complete(result) = &mut answer
        && result.is_error == Some(true)
        && let Some(challenge) = challenge()
    {
        let meta = result.meta.get_or_insert_default();
        meta.insert(CHALLENGES.to_owned(), Value::from(vec![challenge]));
    }
    Ok(answer)
}

fn tool_result(refusal: ErrorData) -> CallToolResult {
    let description = refusal
        .data
        .as_ref()
        .and_then(|data| data.get("error_description"))
        .and_then(Value::as_str)
        .unwrap_or(&refusal.message)
        .to_owned();
    let mut result = CallToolResult::error(vec![ContentBlock::text(description)]);
    // Not structured content, which has to be what the tool's output schema says.
    result.meta = refusal.data.map(|data| {
        let mut meta = MetaObject::default();
        meta.insert(REFUSAL.to_owned(), data);
        meta
    });
    result
}
