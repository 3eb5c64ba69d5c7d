//! A library whose functions are guarded by scopes of its own.

use rmcp::ServerHandler;
use scopes_core::{AuthorizeError, ScopeCatalog, requires_scopes, scoped_handler};

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

/// Admits callers without a token.
#[derive(Debug)]
pub struct Albums;

#[scoped_handler(anonymous = "whole")]
impl ServerHandler for Albums {}

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

/// In the tests of the library itself, its functions of `#[cfg(test)]` count unless they say
/// otherwise.
#[cfg(test)]
mod tests {
    use scopes_core::{AuthorizeError, requires_scopes};

    #[requires_scopes("albums:read", unlisted)]
    fn unlisted() -> Result<(), AuthorizeError> {
        Ok(())
    }

    #[requires_scopes("albums:read")]
    fn listed() -> Result<(), AuthorizeError> {
        Ok(())
    }

    #[test]
    fn a_function_of_tests_is_unlisted_or_named() {
        assert!(unlisted().is_err() && listed().is_err());
        if std::env::var_os("SCOPES_LOCK").is_some() {
            // The assertion would write the file, with the function of this test.
            return;
        }
        let failed = std::panic::catch_unwind(|| scopes_core::assert_scopes_locked!());
        let message = failed.map_err(|panic| panic.downcast_ref::<String>().cloned());
        let Err(Some(message)) = message else {
            panic!("`listed` is not in the lock file");
        };
        for said in [
            "scopes.lock is out of date:\nOperations:\n- Added: function `second_crate::tests::listed`, which requires `albums:read`.\n",
            "mark them `#[requires_scopes(.., unlisted)]`, or move them to `tests/`",
        ] {
            assert!(message.contains(said), "{said} in\n{message}");
        }
        assert!(!message.contains("tests::unlisted"), "{message}");
    }
}
