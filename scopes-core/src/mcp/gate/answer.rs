//! The gate's own answers.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONNECTION, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::super::message::ReadMessageError;
use super::super::refusal::RpcError;
use super::super::request_id::RequestId;
use super::whole_body::ReadBodyError;
use crate::error::AuthorizeError;
use crate::resource::Challenge;
use crate::tower::RefusalBody;

/// Why a request goes no further, and the id of what it asked for.
#[derive(Debug)]
pub(super) struct Denial {
    reason: Reason,
    id: Option<RequestId>,
}

#[derive(Debug)]
enum Reason {
    /// The answer is the [`ProtectLayer`](crate::tower::ProtectLayer)'s, with a body of the gate.
    Refused(AuthorizeError),
    Other {
        status: StatusCode,
        code: i32,
        message: &'static str,
        data: Option<Map<String, Value>>,
    },
}

impl Denial {
    pub(super) fn new(status: StatusCode, code: i32, message: &'static str) -> Self {
        Self {
            reason: Reason::Other {
                status,
                code,
                message,
                data: None,
            },
            id: None,
        }
    }

    pub(super) fn refused(refusal: AuthorizeError) -> Self {
        Self {
            reason: Reason::Refused(refusal),
            id: None,
        }
    }

    /// An answer with which clients do not start to authorize anew. What is no request has no
    /// answer in band.
    pub(super) fn in_band(id: Option<&RawValue>, code: i32, message: &'static str) -> Self {
        let status = match id {
            Some(_) => StatusCode::OK,
            None => StatusCode::BAD_REQUEST,
        };
        Self::new(status, code, message)
    }

    /// What the client needs to know, where it is more than a sentence.
    pub(super) fn with_data(mut self, name: &str, value: Value) -> Self {
        if let Reason::Other { data, .. } = &mut self.reason {
            data.get_or_insert_default().insert(name.to_owned(), value);
        }
        self
    }

    pub(super) fn unread(error: ReadBodyError) -> Self {
        match error {
            ReadBodyError::TooLong => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                -32600,
                "The body is too long.",
            ),
            ReadBodyError::TimedOut => Self::new(
                StatusCode::REQUEST_TIMEOUT,
                -32600,
                "The request body did not arrive in time.",
            ),
            ReadBodyError::Broken => Self::new(
                StatusCode::BAD_REQUEST,
                -32700,
                "The request body could not be read.",
            ),
        }
    }

    pub(super) fn encoded() -> Self {
        let message = "The body has a content coding, which is not understood here.";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, -32600, message)
    }

    pub(super) fn unreadable(error: ReadMessageError) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error.code(), error.sentence())
    }

    pub(super) fn in_reply_to(mut self, id: Option<&RawValue>) -> Self {
        self.id = id.map(RequestId::of);
        self
    }

    pub(super) fn into_response(self) -> Response<Bytes> {
        let id = self.id;
        match self.reason {
            Reason::Refused(refusal) => {
                let body = RpcError::refused(&refusal, None).in_reply_to(id.as_ref());
                let status = StatusCode::from_u16(refusal.status());
                let mut response = json(status.unwrap_or(StatusCode::FORBIDDEN), body);
                let body: Arc<RefusalBody> = Arc::new(
                    move |refusal: &AuthorizeError, challenge: Option<&Challenge>| {
                        let error = RpcError::refused(refusal, challenge);
                        (JSON, error.in_reply_to(id.as_ref()))
                    },
                );
                response.extensions_mut().insert(refusal);
                response.extensions_mut().insert(body);
                response
            }
            Reason::Other {
                status,
                code,
                message,
                data,
            } => {
                let error = RpcError {
                    code,
                    message: message.into(),
                    data,
                };
                let mut response = json(status, error.in_reply_to(id.as_ref()));
                let headers = response.headers_mut();
                if status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
                    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
                } else if status == StatusCode::REQUEST_TIMEOUT {
                    // RFC 9110 section 15.5.9; HTTP/2 has no such field, and hyper removes it.
                    headers.insert(CONNECTION, HeaderValue::from_static("close"));
                }
                response
            }
        }
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

fn json(status: StatusCode, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
