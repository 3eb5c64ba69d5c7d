//! API keys beside the tokens of an authorization server: which keys are accepted and as whom, where each
//! token goes, mistakes in lists, and keys that are taken out.

#![allow(clippy::expect_used, reason = "a test may panic")]

mod changes;
mod mistakes;
mod principals;
mod routing;
mod site;
#[cfg(target_os = "linux")]
mod stalled;
mod streams;

use scopes_core::ScopeCatalog;

/// The scopes of a journal.
#[derive(Debug, ScopeCatalog)]
pub enum Scope {
    /// Read entries.
    #[scope("entries:read")]
    EntriesRead,
    /// Write entries.
    #[scope("entries:write", implies(EntriesRead))]
    EntriesWrite,
    /// Write in one notebook.
    #[scope("notebooks:{notebook}:write")]
    NotebookWrite,
}
