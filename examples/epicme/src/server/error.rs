//! Errors in responses: for the model in the result of a tool, for the client otherwise.

use std::error::Error as _;

use rmcp::ErrorData;
use rmcp::handler::server::tool::IntoCallToolResult;
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock};
use scopes_core::AuthorizeError;

use crate::journal::UseJournalError;

/// Returned when a tool fails.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallToolError {
    /// The caller lacks a scope or a valid token.
    Refused(AuthorizeError),
    /// The operation on the journal failed.
    Journal(UseJournalError),
}

impl From<AuthorizeError> for CallToolError {
    fn from(refusal: AuthorizeError) -> Self {
        Self::Refused(refusal)
    }
}

impl From<UseJournalError> for CallToolError {
    fn from(error: UseJournalError) -> Self {
        Self::Journal(error)
    }
}

impl IntoCallToolResult for CallToolError {
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        match self {
            // `#[scoped_handler]` makes a result of it.
            Self::Refused(refusal) => Err(refusal.into()),
            Self::Journal(error) => {
                log(&error);
                let message = ContentBlock::text(error.to_string());
                Ok(CallToolResult::error(vec![message]).into())
            }
        }
    }
}

impl From<UseJournalError> for ErrorData {
    fn from(error: UseJournalError) -> Self {
        log(&error);
        let message = error.to_string();
        match error {
            UseJournalError::NotFound { .. } => Self::resource_not_found(message, None),
            UseJournalError::InvalidInput { .. } => Self::invalid_params(message, None),
            UseJournalError::UnknownUser => Self::invalid_request(message, None),
            UseJournalError::Unavailable(_) => Self::internal_error(message, None),
        }
    }
}

/// Logs for operators what callers do not learn.
fn log(error: &UseJournalError) {
    if let Some(source) = error.source() {
        eprintln!("epicme: the journal cannot be reached: {source}");
    }
}
