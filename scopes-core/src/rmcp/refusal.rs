//! A refusal inside a handler: too late for an HTTP status, so it is told in band.

use rmcp::ErrorData;
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock, ErrorCode, MetaObject};
use serde_json::{Map, Value};

use crate::error::AuthorizeError;

/// The code of JSON-RPC errors that are refusals; outside of what JSON-RPC 2.0 and MCP reserve.
const REFUSED: ErrorCode = ErrorCode(-31403);

/// Where the data of a refusal stands in the `_meta` of a tool's result.
const REFUSAL: &str = "scopes-core/refusal";

impl From<AuthorizeError> for ErrorData {
    /// A JSON-RPC error with the refusal's code as its message, and in its data what the client's
    /// developer needs: the sentence, and the scopes to ask for.
    fn from(refusal: AuthorizeError) -> Self {
        let code = refusal.code().unwrap_or("unauthorized");
        let mut data = Map::new();
        data.insert("error".to_owned(), code.into());
        data.insert("error_description".to_owned(), refusal.to_string().into());
        if let AuthorizeError::InsufficientScope(refusal) = &refusal
            && !refusal.alternative().is_empty()
        {
            let scope = refusal.alternative().to_string();
            data.insert("scope".to_owned(), scope.into());
        }
        Self::new(REFUSED, code, Some(Value::from(data)))
    }
}

/// The answer to a `tools/call`: a refusal is a result that says so, for the model to read, since
/// clients keep protocol errors to themselves.
///
/// # Errors
///
/// That of the answer, if it is no refusal.
pub fn tool_answer(
    answer: Result<CallToolResponse, ErrorData>,
) -> Result<CallToolResponse, ErrorData> {
    match answer {
        Err(refusal) if refusal.code == REFUSED => Ok(tool_result(refusal).into()),
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
