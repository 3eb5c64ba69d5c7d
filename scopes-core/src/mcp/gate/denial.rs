//! The gate's answers to denied requests.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::whole_body::ReadBodyError;
use crate::error::AuthorizeError;
use crate::mcp::message::ReadMessageError;
use crate::mcp::refusal::{Data, Message, RpcError};
use crate::mcp::request_id::RequestId;
use crate::observe;
use crate::tower::{OwnBody, Refusal};

/// The reason why a request is denied, and the request's id.
#[derive(Debug)]
pub(super) struct Denial {
    reason: Reason,
    id: Option<RequestId>,
}

#[derive(Debug)]
enum Reason {
    /// Answered by the [`ProtectLayer`](crate::tower::ProtectLayer), as without a gate.
    WithoutToken,
    /// Answered by the [`ProtectLayer`](crate::tower::ProtectLayer), with a body of the gate.
    Refused(AuthorizeError),
    Other {
        status: StatusCode,
        code: i32,
        message: Cow<'static, str>,
        data: Option<Map<String, Value>>,
    },
}

impl Denial {
    pub(super) fn new(
        status: StatusCode,
        code: i32,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            reason: Reason::Other {
                status,
                code,
                message: message.into(),
                data: None,
            },
            id: None,
        }
    }

    pub(super) fn without_token() -> Self {
        Self {
            reason: Reason::WithoutToken,
            id: None,
        }
    }

    /// Clients open a new session on this.
    pub(super) fn no_session() -> Self {
        let problem = "There is no such session.";
        Self::new(StatusCode::NOT_FOUND, -32600, problem)
    }

    /// Clients go on without a stream on this (MCP, Streamable HTTP transport).
    pub(super) fn no_stream() -> Self {
        let problem = "A stream takes an access token.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, -32600, problem)
    }

    pub(super) fn refused(refusal: AuthorizeError) -> Self {
        Self {
            reason: Reason::Refused(refusal),
            id: None,
        }
    }

    /// Returns an in-band answer, which does not make clients authorize again. A message that is
    /// not a request gets a 400 instead.
    pub(super) fn in_band(
        id: Option<&RawValue>,
        code: i32,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        let status = match id {
            Some(_) => StatusCode::OK,
            None => StatusCode::BAD_REQUEST,
        };
        Self::new(status, code, message)
    }

    /// Adds a member to the error's `data`.
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

    pub(super) fn into_response(self) -> Response<OwnBody> {
        if matches!(self.reason, Reason::Other { .. }) {
            observe::without_operation();
        }
        let id = self.id;
        match self.reason {
            Reason::WithoutToken => Refusal::from(AuthorizeError::MissingToken).into_response(),
            Reason::Refused(error) => {
                let refusal = Refusal::with_body(error, move |error, challenge| {
                    let error = RpcError::refused(error, challenge);
                    (JSON, error.in_reply_to(id.as_ref()))
                });
                refusal.into_response()
            }
            Reason::Other {
                status,
                code,
                message,
                data,
            } => {
                let error = RpcError {
                    code,
                    message: Message::Text(&message),
                    data: data.as_ref().map(Data::Other),
                };
                let mut response = json(status, error.in_reply_to(id.as_ref()));
                let headers = response.headers_mut();
                if status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
                    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
                } else if status == StatusCode::METHOD_NOT_ALLOWED {
                    headers.insert(ALLOW, HeaderValue::from_static("POST, DELETE"));
                } else if let StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE = status {
                    // The rest of the body is not read (RFC 9110 sections 15.5.9 and 15.5.14).
                    // HTTP/2 has no such field, and hyper removes it.
                    headers.insert(CONNECTION, HeaderValue::from_static("close"));
                }
                response
            }
        }
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

fn json(status: StatusCode, body: Bytes) -> Response<OwnBody> {
    let mut response = Response::new(OwnBody::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
