//! Refusals as JSON-RPC errors.

use std::borrow::Cow;

use bytes::Bytes;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::request_id::RequestId;
use crate::error::AuthorizeError;
use crate::resource::Challenge;
use crate::scope::ScopeSet;

/// The code of a JSON-RPC error for a refusal, outside of the ranges that JSON-RPC 2.0 and MCP
/// reserve.
pub const REFUSAL_CODE: i32 = -31403;

/// A JSON-RPC error object (JSON-RPC 2.0 section 5.1).
#[derive(Debug, Serialize)]
pub(super) struct RpcError<'a> {
    pub(super) code: i32,
    pub(super) message: Message<'a>,
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

/// The message of an error, often the only part that a client shows to a user.
#[derive(Debug)]
pub(super) enum Message<'a> {
    Text(&'a str),
    /// The code and the sentence.
    Refusal(&'a AuthorizeError),
}

impl Message<'_> {
    fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Refusal(refusal) => Cow::Owned(message(refusal)),
        }
    }
}

impl Serialize for Message<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'a> RpcError<'a> {
    pub(super) fn refused(refusal: &'a AuthorizeError, challenge: Option<&'a Challenge>) -> Self {
        Self {
            code: REFUSAL_CODE,
            message: Message::Refusal(refusal),
            data: Some(Data::Refusal(data(refusal, challenge))),
        }
    }

    /// Returns the response to the request with this id, or to a message without an id.
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

/// Returns the code and the sentence.
pub(crate) fn message(refusal: &AuthorizeError) -> String {
    [refusal.body_code(), ": ", &refusal.to_string()].concat()
}

/// The `data` of a refusal, for the developer of a client: the sentence, and the scopes to ask for.
#[derive(Debug, Serialize)]
pub(crate) struct RefusalData<'a> {
    error: &'static str,
    error_description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_metadata: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a ScopeSet>,
}

pub(crate) fn data<'a>(
    refusal: &'a AuthorizeError,
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
        scope: scope.filter(|scope| !scope.is_empty()),
    }
}
