//! A request at the gate, and the decision on it.

use std::sync::Arc;

use http::HeaderValue;

use super::anonymous_sessions::Opening;
use super::denial::Denial;
use super::ending::Ending;
use super::rules::Rules;
use super::session_seal::Tag;
use crate::caller::Caller;
use crate::mcp::decision::Allowed;
use crate::token::{Principal, VerifiedToken};

/// The caller of a request, and the rules of the decision on it.
pub(super) struct Exchange {
    pub(super) rules: Arc<Rules>,
    pub(super) caller: Caller,
    /// The session that a caller without a token names: the server's id, and its tag.
    pub(super) anonymous_session: Option<(HeaderValue, Tag)>,
}

impl Exchange {
    /// A request with a valid token.
    pub(super) fn authenticated(rules: Arc<Rules>, token: VerifiedToken) -> Self {
        Self {
            rules,
            caller: token.into(),
            anonymous_session: None,
        }
    }
}

/// An allowed message.
pub(super) struct Permitted {
    pub(super) allowed: Allowed,
    pub(super) ending: Option<Ending>,
    pub(super) change: Option<SessionChange>,
}

/// The reason why a request does not go on, or not yet.
pub(super) enum Undecided {
    Denied(Denial),
    /// The store has to be asked about a task of this id, which no call on this instance has started.
    AsksFor(AskedTask),
}

/// A task that the caller asks about.
pub(super) struct AskedTask {
    pub(super) principal: Principal,
    pub(super) id: String,
    /// The session that the request names.
    pub(super) session: Session,
}

impl From<Denial> for Undecided {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

/// The session that a request with a token names.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Session {
    None,
    /// One that its principal has opened.
    Own,
    /// One that was opened without a token.
    Adopted(Tag),
}

impl Session {
    pub(super) fn adopted(self) -> Option<Tag> {
        match self {
            Self::Adopted(tag) => Some(tag),
            Self::None | Self::Own => None,
        }
    }
}

/// A change of a session by an allowed request.
#[derive(Debug)]
pub(super) enum SessionChange {
    /// The server may open one for a caller without a token.
    Opens(Opening),
    /// The server may end one that was opened without a token.
    Ends(Tag),
    /// The server may know one no longer that was opened without a token.
    Uses(Tag),
}
