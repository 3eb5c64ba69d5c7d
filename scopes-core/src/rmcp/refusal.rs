//! A refusal inside a handler. It is too late for an HTTP status, so the refusal is in band.

use rmcp::ErrorData;
use rmcp::handler::server::tool::IntoCallToolResult;
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock, ErrorCode, MetaObject};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::error::AuthorizeError;
use crate::mcp;

const REFUSED: ErrorCode = ErrorCode(mcp::REFUSAL_CODE);

/// The key of a refusal's data in the `_meta` of a tool's result.
const REFUSAL: &str = "rs.docs.scopes-core/refusal";

/// The key of a refusal's challenges in the `_meta` of a tool's result.
const CHALLENGES: &str = "mcp/www_authenticate";

impl From<AuthorizeError> for ErrorData {
    /// Returns a JSON-RPC error with the code and the sentence as its message. Its data is for the
    /// client's developer: the sentence, and the scopes to request.
    ///
    /// Invalid arguments become the error for invalid parameters, as in rmcp.
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

const LOST_CALLER: &str = "The server cannot tell who is calling. Its log says why.";

/// Returns the error for `caller`. For a caller with a token, a missing token is an error of the
/// server: its guard ran without the caller, and signing in again would not help.
pub(super) fn told_to(caller: &Caller, error: ErrorData) -> ErrorData {
    if caller.token().is_some() && asks_for_token(&error) {
        lost_caller()
    } else {
        error
    }
}

fn asks_for_token(error: &ErrorData) -> bool {
    let code = error.data.as_ref().and_then(|data| data.get("error"));
    error.code == REFUSED && code.and_then(Value::as_str) == Some("missing_token")
}

fn lost_caller() -> ErrorData {
    let data = json!({ "error": "server_error", "error_description": LOST_CALLER });
    ErrorData::internal_error(format!("server_error: {LOST_CALLER}"), Some(data))
}

/// Returns the answer to a `tools/call`. A refusal becomes an error result, which the model can
/// read: clients do not pass protocol errors on to the model.
///
/// An error result that tells a refusal has its `challenge` in `_meta`. `noted` is the refusal that the
/// context of the call has kept. The tool may have handled it, and fail for another reason.
///
/// # Errors
///
/// That of the answer, if it is no refusal.
pub(super) fn tool_answer(
    caller: &Caller,
    answer: Result<CallToolResponse, ErrorData>,
    noted: Option<&AuthorizeError>,
    challenge: impl FnOnce(&AuthorizeError) -> Option<String>,
) -> Result<CallToolResponse, ErrorData> {
    let (mut answer, refusal) = match answer {
        Err(refusal) if refusal.code == REFUSED => {
            // A spawned task, which has no caller, notes no refusal.
            let told = if asks_for_token(&refusal) {
                // A caller with a token got lost in the server.
                let is_signed_in = caller.token().is_some();
                (!is_signed_in).then_some(&AuthorizeError::MissingToken)
            } else {
                noted.filter(|noted| refusal.message.contains(&noted.to_string()))
            };
            (tool_result(told_to(caller, refusal)).into(), told)
        }
        answer => {
            let answer = answer?;
            let told = noted.filter(|noted| tells(&answer, noted));
            let is_lost = |told: &AuthorizeError| {
                *told == AuthorizeError::MissingToken && caller.token().is_some()
            };
            (answer, told.filter(|told| !is_lost(told)))
        }
    };
    if let CallToolResponse::Complete(result) = &mut answer
        && let Some(challenge) = refusal.and_then(challenge)
    {
        let meta = result.meta.get_or_insert_default();
        meta.insert(CHALLENGES.to_owned(), Value::from(vec![challenge]));
    }
    Ok(answer)
}

/// Returns whether the answer is an error result whose text contains the sentence of the refusal.
fn tells(answer: &CallToolResponse, refusal: &AuthorizeError) -> bool {
    let CallToolResponse::Complete(result) = answer else {
        return false;
    };
    let sentence = refusal.to_string();
    let mut texts = result.content.iter().filter_map(ContentBlock::as_text);
    result.is_error == Some(true) && texts.any(|text| text.text.contains(&sentence))
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
    // Not structured content, which has to match the tool's output schema.
    result.meta = refusal.data.map(|data| {
        let mut meta = MetaObject::default();
        meta.insert(REFUSAL.to_owned(), data);
        meta
    });
    result
}
