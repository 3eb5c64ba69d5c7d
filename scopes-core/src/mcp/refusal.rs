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
pub(super) struct RpcError<'a> {
    pub(super) code: i32,
    pub(super) message: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<Data<'a>>,
}

/// The data of an error.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Data<'a> {
    Refusal(RefusalData<'a>),
    Other(&'a Map<String, Value>),
}

impl<'a> RpcError<'a> {
    pub(super) fn refused(refusal: &AuthorizeError, challenge: Option<&'a Challenge>) -> Self {
        Self {
            code: REFUSAL_CODE,
            message: message(refusal).into(),
            data: Some(Data::Refusal(data(refusal, challenge))),
        }
    }

    /// The response to the request with this id; without one, to a message that has none.
    pub(super) fn in_reply_to(self, id: Option<&RequestId>) -> Bytes {
        #[derive(Serialize)]
        struct Response<'a> {
            jsonrpc: &'a str,
            id: Option<&'a RequestId>,
            error: RpcError<'a>,
        }
        let response = Response {
            jsonrpc: "2.0",
            id,
            error: self,
        };
        let mut json = Vec::with_capacity(512);
        // Texts, numbers and JSON that was read before are written without fail.
        match serde_json::to_writer(&mut json, &response) {
            Ok(()) => json.into(),
            Err(_) => Bytes::new(),
        }
    }
}

/// The code and the sentence: often all that a client shows a person.
pub(crate) fn message(refusal: &AuthorizeError) -> String {
    format!("{}: {refusal}", refusal.body_code())
}

/// What the developer of a client needs: the sentence, and the scopes to ask for.
#[derive(Debug, Serialize)]
pub(crate) struct RefusalData<'a> {
    error: &'static str,
    error_description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_metadata: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

pub(crate) fn data<'a>(
    refusal: &AuthorizeError,
    challenge: Option<&'a Challenge>,
) -> RefusalData<'a> {
    let scope = match (challenge, refusal) {
        (Some(challenge), _) => Some(challenge.scope()),
        (None, AuthorizeError::InsufficientScope(refusal)) => Some(refusal.alternative()),
        (None, _) => None,
    };
    RefusalData {
        error: refusal.body_code(),
        error_description: refusal.to_string(),
        resource_metadata: challenge.and_then(Challenge::resource_metadata),
        scope: scope
            .filter(|scope| !scope.is_empty())
            .map(ToString::to_string),
    }
}
