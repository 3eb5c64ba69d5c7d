//! Refusals as JSON-RPC errors.

use std::borrow::Cow;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

use super::request_id::RequestId;
use crate::error::AuthorizeError;
use crate::resource::Challenge;

/// The code of a JSON-RPC error that is a refusal; outside of what JSON-RPC 2.0 and MCP reserve.
pub const REFUSAL_CODE: i32 = -31403;

/// A JSON-RPC error object (JSON-RPC 2.0 section 5.1).
#[derive(Debug, Serialize)]
pub(super) struct RpcError {
    pub(super) code: i32,
    pub(super) message: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<Map<String, Value>>,
}

impl RpcError {
    pub(super) fn refused(refusal: &AuthorizeError, challenge: Option<&Challenge>) -> Self {
        Self {
            code: REFUSAL_CODE,
            message: message(refusal).into(),
            data: Some(data(refusal, challenge)),
        }
    }

    /// The response to the request with this id; without one, to a message that has none.
    pub(super) fn in_reply_to(self, id: Option<&RequestId>) -> Bytes {
        #[derive(Serialize)]
        struct Response<'a> {
            jsonrpc: &'a str,
            id: Option<&'a RequestId>,
            error: RpcError,
        }
        let response = Response {
            jsonrpc: "2.0",
            id,
            error: self,
        };
        // Texts, numbers and JSON that was read before are written without fail.
        serde_json::to_vec(&response).unwrap_or_default().into()
    }
}

/// The code and the sentence: often all that a client shows a person.
pub(crate) fn message(refusal: &AuthorizeError) -> String {
    format!("{}: {refusal}", refusal.body_code())
}

/// What the developer of a client needs: the sentence, and the scopes to ask for.
pub(crate) fn data(refusal: &AuthorizeError, challenge: Option<&Challenge>) -> Map<String, Value> {
    let mut data = Map::new();
    data.insert("error".to_owned(), refusal.body_code().into());
    data.insert("error_description".to_owned(), refusal.to_string().into());
    let scope = match (challenge, refusal) {
        (Some(challenge), _) => Some(challenge.scope()),
        (None, AuthorizeError::InsufficientScope(refusal)) => Some(refusal.alternative()),
        (None, _) => None,
    };
    if let Some(scope) = scope.filter(|scope| !scope.is_empty()) {
        data.insert("scope".to_owned(), scope.to_string().into());
    }
    if let Some(metadata) = challenge.and_then(Challenge::resource_metadata) {
        data.insert("resource_metadata".to_owned(), metadata.into());
    }
    data
}
