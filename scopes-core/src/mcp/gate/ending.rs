//! The end of an event stream whose token is no longer valid.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;

use crate::error::AuthorizeError;
use crate::mcp::message::Message;
use crate::mcp::refusal::RpcError;
use crate::mcp::request_id::RequestId;
use crate::tower::LastEvent;

/// The response with which a stream ends, if the token of its request becomes invalid before the
/// server has answered.
pub(super) struct Ending {
    id: RequestId,
    is_subscription: bool,
}

impl Ending {
    /// Returns `None` for messages without a response, and for requests of a session: the server
    /// keeps their response, and the client gets it with a new token by resuming the stream.
    pub(super) fn of(message: &Message<'_>, is_in_session: bool) -> Option<Self> {
        let id = message.id?;
        let is_subscription = message.method() == Some("subscriptions/listen");
        if message.method().is_none() || (is_in_session && !is_subscription) {
            return None;
        }
        Some(Self {
            id: RequestId::of(id),
            is_subscription,
        })
    }

    pub(super) fn into_last_event(self) -> LastEvent {
        LastEvent(Arc::new(move |refusal| {
            let response = self.response(refusal);
            [b"data: ", &*response, b"\n\n"].concat().into()
        }))
    }

    fn response(&self, refusal: &AuthorizeError) -> Bytes {
        let id = &self.id;
        if self.is_subscription {
            closure(id)
        } else {
            RpcError::refused(refusal, None).in_reply_to(Some(id))
        }
    }
}

/// The graceful closure of a subscription (MCP 2026-07-28, subscriptions).
fn closure(id: &RequestId) -> Bytes {
    #[derive(Serialize)]
    struct Response<'a> {
        jsonrpc: &'a str,
        id: &'a RequestId,
        result: Complete<'a>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Complete<'a> {
        result_type: &'a str,
        #[serde(rename = "_meta")]
        meta: Meta<'a>,
    }
    #[derive(Serialize)]
    struct Meta<'a> {
        #[serde(rename = "io.modelcontextprotocol/subscriptionId")]
        subscription: &'a RequestId,
    }
    let response = Response {
        jsonrpc: "2.0",
        id,
        result: Complete {
            result_type: "complete",
            meta: Meta { subscription: id },
        },
    };
    // Texts and JSON that was read before are written without fail.
    serde_json::to_vec(&response).unwrap_or_default().into()
}

/// Returns whether a response is a stream of events.
pub(super) fn is_event_stream(headers: &HeaderMap) -> bool {
    const STREAM: &[u8] = b"text/event-stream";
    let media_type = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let name = media_type.and_then(|media_type| media_type.get(..STREAM.len()));
    name.is_some_and(|name| name.eq_ignore_ascii_case(STREAM))
}
