//! The scopes that a client can ask a user for.

use scopes_core::ScopeCatalog;

/// The vocabulary of the API.
#[derive(ScopeCatalog, Debug)]
pub enum Scope {
    /// Read your entries.
    #[scope("entries:read")]
    EntriesRead,
    /// Create and change your entries.
    #[scope("entries:write", implies(EntriesRead, EntryWrite))]
    EntriesWrite,
    /// Change entry {id}.
    #[scope("entries:{id}:write")]
    EntryWrite,
    /// Delete your entries for good.
    #[scope("entries:delete")]
    EntriesDelete,
}
