//! What the server's operations require.

use scopes_core::ScopeCatalog;

#[derive(ScopeCatalog)]
#[allow(
    dead_code,
    reason = "the variants stand for the scopes, which are named by literals"
)]
pub(crate) enum Scope {
    /// Read what the server has.
    #[scope("content:read")]
    ContentRead,
    /// Have the server ask the client or its user something.
    #[scope("client:ask")]
    ClientAsk,
    /// Run work that takes time.
    #[scope("jobs:run")]
    JobsRun,
    /// Have the server tell everybody that a list has changed.
    #[scope("lists:change")]
    ListsChange,
}
