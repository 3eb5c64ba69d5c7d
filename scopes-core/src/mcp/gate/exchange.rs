//! A request at the gate, and what is decided about it.

use std::sync::Arc;

use super::anonymous_sessions::Opening;
use super::ending::Ending;
use super::rules::Rules;
use super::session_seal::Tag;
use crate::caller::Caller;
use crate::mcp::decision::Allowed;

/// Who sent a request, and what it is decided by.
pub(super) struct Exchange {
    pub(super) rules: Arc<Rules>,
    pub(super) caller: Caller,
}

/// A message that may go on to the server.
pub(super) struct Permitted {
    pub(super) allowed: Allowed,
    pub(super) ending: Option<Ending>,
    pub(super) change: Option<SessionChange>,
}

/// What becomes of a session by an allowed request.
#[derive(Debug)]
pub(super) enum SessionChange {
    /// The server may open one for a caller without a token.
    Opens(Opening),
    /// The server ends one that was opened without a token, if it says so.
    Ends(Tag),
}
