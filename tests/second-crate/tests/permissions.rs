//! The lock file of the package, from a test that has annotated functions of its own.

use scopes_core::{AuthorizeError, requires_scopes};
use second_crate::Scope;

#[requires_scopes("albums:read", catalog = Scope)]
fn of_the_test() -> Result<(), AuthorizeError> {
    Ok(())
}

#[test]
fn permissions() {
    scopes_core::assert_scopes_locked!();
    assert!(of_the_test().is_err());
}
