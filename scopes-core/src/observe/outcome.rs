//! Values of the labels and fields that several events and counters share.

use crate::error::AuthorizeError;

/// The outcome of a request or of a decision.
#[derive(Clone, Copy)]
pub(crate) enum Outcome {
    Allowed,
    MissingToken,
    InvalidRequest,
    InvalidToken,
    InsufficientScope,
    InvalidArgument,
    Unavailable,
    OriginNotAllowed,
    HostNotAllowed,
    MissingContext,
}

impl Outcome {
    pub(super) fn of(refusal: Option<&AuthorizeError>) -> Self {
        match refusal {
            None => Self::Allowed,
            Some(AuthorizeError::MissingToken) => Self::MissingToken,
            Some(AuthorizeError::InvalidRequest(_)) => Self::InvalidRequest,
            Some(AuthorizeError::InvalidToken(_)) => Self::InvalidToken,
            Some(AuthorizeError::InsufficientScope(_)) => Self::InsufficientScope,
            Some(AuthorizeError::InvalidArgument(_)) => Self::InvalidArgument,
            Some(AuthorizeError::Unavailable { .. }) => Self::Unavailable,
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::MissingToken => "missing_token",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidArgument => "invalid_argument",
            Self::Unavailable => "unavailable",
            Self::OriginNotAllowed => "origin_not_allowed",
            Self::HostNotAllowed => "host_not_allowed",
            Self::MissingContext => "missing_context",
        }
    }
}

/// The answer of a cache about a token.
#[derive(Clone, Copy)]
pub(crate) enum Lookup {
    Hit,
    Joined,
    Miss,
}

/// The purpose of a request to an authorization server.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Metadata,
    Keys,
    Introspection,
}

impl Purpose {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Keys => "keys",
            Self::Introspection => "introspection",
        }
    }
}

/// The reason for which an authorization server is not asked about a token.
#[cfg(feature = "introspection")]
#[derive(Clone, Copy)]
pub(crate) enum Limit {
    /// The limit of questions in flight is reached (`max_questions`).
    Questions,
    /// The server has asked for a pause.
    Pause,
}

/// The result of a use of the store.
#[cfg(feature = "store")]
#[derive(Clone, Copy)]
pub(crate) enum StoreResult {
    /// Stored, appended, removed or read.
    Ok,
    /// The entry is there.
    Hit,
    /// The entry is absent.
    Miss,
    /// The entry is not authentic, or has expired.
    Invalid,
    Failed,
    TimedOut,
    /// The store is not called after too many failures.
    Paused,
}

#[cfg(feature = "store")]
impl StoreResult {
    #[cfg(feature = "metrics")]
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Invalid => "invalid",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Paused => "paused",
        }
    }
}
