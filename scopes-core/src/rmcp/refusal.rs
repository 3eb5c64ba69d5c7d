//! A refusal inside a handler: too late for an HTTP status, so it is told in band.

use rmcp::ErrorData;
use rmcp::handler::server::tool::IntoCallToolResult;
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock, ErrorCode, MetaObject};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::error::AuthorizeError;
use crate::mcp;

const REFUSED: ErrorCode = ErrorCode(mcp::REFUSAL_CODE);

/// Where the data of a refusal stands in the `_meta` of a tool's result.
const REFUSAL: &str = "rs.docs.scopes-core/refusal";

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

const LOST_CALLER: &str = "The server cannot tell who is calling. Its log says why.";

/// The error as it is told to `caller`. To one with a token, a refusal for want of one is an error of the
/// server: the caller got lost on the way to a guard, and signing in again would not help.
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

/// The error of a server that cannot tell who is calling.
fn lost_caller() -> ErrorData {
    let data = json!({ "error": "server_error", "error_description": LOST_CALLER });
    ErrorData::internal_error(format!("server_error: {LOST_CALLER}"), Some(data))
}

/// The answer to a `tools/call`: a refusal is a result that says so, for the model to read, since
/// clients keep protocol errors to themselves.
///
/// # Errors
///
/// That of the answer, if it is no refusal.
pub(super) fn tool_answer(
    caller: &Caller,
    answer: Result<CallToolResponse, ErrorData>,
) -> Result<CallToolResponse, ErrorData> {
    match answer {
        Err(refusal) if refusal.code == REFUSED => {
            let refusal = told_to(caller, refusal);
            Ok(tool_result(refusal).into())
        }
        answer => answer,
    }
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
