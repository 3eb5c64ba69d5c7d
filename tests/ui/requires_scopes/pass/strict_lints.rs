#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unused_qualifications, unreachable_pub)]
//! A crate that forbids what it can.

use scopes_core::{AuthorizeError, ScopeCatalog, requires_scopes};

/// The scopes.
#[derive(ScopeCatalog)]
pub enum Scope {
    /// Read.
    #[scope("entries:read")]
    EntriesRead,
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

fn main() {
    assert!(list_entries().is_err());
}
