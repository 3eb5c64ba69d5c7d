//! A library whose functions are guarded by scopes of its own.

use scopes_core::{AuthorizeError, ScopeCatalog, requires_scopes};

/// The scopes of the library.
#[derive(ScopeCatalog, Debug)]
pub enum Scope {
    /// See your albums.
    #[scope("albums:read", baseline)]
    AlbumsRead,
    /// Create, change and delete your albums.
    #[scope("albums:write", implies(AlbumsRead))]
    AlbumsWrite,
}

/// Lists the albums.
///
/// # Errors
///
/// If the caller lacks the scope.
#[requires_scopes("albums:read")]
pub fn list_albums() -> Result<(), AuthorizeError> {
    Ok(())
}

mod private {
    use scopes_core::{AuthorizeError, requires_scopes};

    /// Never called, generic, and in a private module: registered all the same.
    #[requires_scopes("albums:write")]
    #[expect(
        dead_code,
        reason = "the test is that it is registered without being called"
    )]
    pub(super) fn delete_album<T>(_album: T) -> Result<(), AuthorizeError> {
        Ok(())
    }
}
