//! Refusals because of `Origin` or `Host`: 403 without a challenge, since no token would help.

use bytes::Bytes;
use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderValue, Response, StatusCode, Uri};

use super::answer;
use crate::observe::Outcome;

/// The header of a request whose value is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotAllowed {
    Origin,
    Host,
}

/// The maximum number of bytes of a header that are logged, before they are escaped.
const LOGGED: usize = 200;

impl NotAllowed {
    /// The error code in the body, also the outcome in logs and metrics.
    pub(super) const fn outcome(self) -> Outcome {
        match self {
            Self::Origin => Outcome::OriginNotAllowed,
            Self::Host => Outcome::HostNotAllowed,
        }
    }

    /// Returns the same bytes for every request: no part of the request is echoed.
    pub(super) fn response(self) -> Response<Bytes> {
        let description = match self {
            Self::Origin => {
                "The Origin of the request is not allowed. The operator of this server can allow it \
                 with `ProtectLayer::allow_origin`."
            }
            Self::Host => {
                "The Host of the request is not allowed. The operator of this server can allow it \
                 with `ProtectLayer::allow_host`."
            }
        };
        let error = self.outcome().as_str();
        answer::without_challenge(StatusCode::FORBIDDEN, error, description)
    }

    /// Returns the value of the header for the log: cut, and escaped to printable ASCII.
    pub(super) fn named(self, uri: &Uri, headers: &HeaderMap) -> String {
        let authority = uri.authority().filter(|_| self == Self::Host);
        let authority = authority.map(|authority| authority.as_str().as_bytes());
        let name = match self {
            Self::Origin => ORIGIN,
            Self::Host => HOST,
        };
        let values = headers.get_all(name).iter().map(HeaderValue::as_bytes);
        let values: Vec<&[u8]> = authority.into_iter().chain(values).collect();
        let joined = values.join(b", ".as_slice());
        let bounded = &joined[..joined.len().min(LOGGED)];
        bounded.escape_ascii().to_string()
    }
}
