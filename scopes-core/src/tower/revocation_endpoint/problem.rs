//! The answers to requests that revoke nothing.

use bytes::Bytes;
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};

use crate::error::AuthorizeError;
use crate::resource::Challenge;
use crate::tower::answer;

/// The reason why a request revokes nothing.
#[derive(Clone, Copy, Debug)]
pub(super) enum Problem {
    Method,
    NoCredential,
    WrongCredential,
    MediaType,
    TooLong,
    TimedOut,
    Invalid(&'static str),
    /// RFC 7009 section 2.2.1.
    UnsupportedTokenType,
    NotEnabled(&'static str),
    StoreUnavailable,
}

impl Problem {
    /// The code in the body (RFC 6749 section 5.2), which is logged too.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Method => "method_not_allowed",
            Self::NoCredential | Self::WrongCredential => "invalid_client",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::NotEnabled(_) => "not_enabled",
            Self::StoreUnavailable => "temporarily_unavailable",
            Self::MediaType | Self::TooLong | Self::TimedOut | Self::Invalid(_) => {
                "invalid_request"
            }
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoCredential | Self::WrongCredential => StatusCode::UNAUTHORIZED,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TimedOut => StatusCode::REQUEST_TIMEOUT,
            Self::UnsupportedTokenType | Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::NotEnabled(_) => StatusCode::FORBIDDEN,
            Self::StoreUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Method => "Allowed methods: POST.",
            Self::NoCredential => "The secret of this endpoint is required as a bearer token.",
            Self::WrongCredential => "The credential is not the secret of this endpoint.",
            Self::MediaType => "Send `application/x-www-form-urlencoded` or `application/json`.",
            Self::TooLong => "The body has more than 65536 bytes.",
            Self::TimedOut => "The request body did not arrive in time.",
            Self::UnsupportedTokenType => {
                "This server receives no refresh tokens. Revoke them at the authorization server."
            }
            Self::NotEnabled(description) | Self::Invalid(description) => description,
            Self::StoreUnavailable => {
                "The store is unavailable, so that only this instance has the revocation. Try again."
            }
        }
    }

    pub(super) fn into_response(self) -> Response<Bytes> {
        if let Self::Method = self {
            return answer::method_not_allowed("POST");
        }
        let (status, description) = (self.status(), self.description());
        let mut response = answer::without_challenge(status, self.code(), description);
        let headers = response.headers_mut();
        match self {
            // RFC 6749 section 5.2.
            Self::NoCredential | Self::WrongCredential => {
                let challenge = Challenge::without_server(&AuthorizeError::MissingToken);
                let challenge = challenge.and_then(|it| HeaderValue::try_from(it.to_string()).ok());
                if let Some(challenge) = challenge {
                    headers.insert(WWW_AUTHENTICATE, challenge);
                }
            }
            Self::StoreUnavailable => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response
    }
}
