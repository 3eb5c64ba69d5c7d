#![forbid(unsafe_code)]
#![deny(warnings, clippy::pedantic, missing_docs, unused_qualifications, unreachable_pub)]
#![deny(trivial_casts, unused_results, elided_lifetimes_in_paths)]
//! A crate that forbids what it can.

use scopes_core::{AuthorizeError, ScopeCatalog, requires_scopes};

/// The scopes.
#[derive(ScopeCatalog)]
pub enum Scope {
    /// Read.
    #[scope("entries:read")]
    EntriesRead,
    /// Read this entry.
    #[scope("entries:{entryId}:read")]
    EntryRead,
}

/// Lists entries.
///
/// # Errors
///
/// If the caller may not.
#[requires_scopes("entries:read")]
pub fn list_entries() -> Result<u8, AuthorizeError> {
    const ENTRIES: u8 = 7;
    Ok(ENTRIES)
}

/// Shows or counts an entry.
///
/// # Errors
///
/// If the caller may not.
#[requires_scopes(match(action, "show" => "entries:{entryId}:read", _ => "entries:read"), args(entryId = entry))]
pub fn entry(action: &str, entry: u8) -> Result<usize, AuthorizeError> {
    Ok(action.len() + usize::from(entry))
}

fn main() {
    assert!(entry("show", 1).is_err());
    assert!(Scope::entry_read(1).is_ok());
    assert!(list_entries().is_err());
}
