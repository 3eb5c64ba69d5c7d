//! The lock file of another package: what this test registers itself does not count.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::panic::catch_unwind;

use scopes_core::{AuthorizeError, Registry, ScopeCatalog, assert_scopes_locked, requires_scopes};
use second_crate as _;

#[derive(ScopeCatalog)]
enum Scope {
    #[scope("photos:read")]
    PhotosRead,
}

#[requires_scopes("photos:read")]
fn of_this_test() -> Result<(), AuthorizeError> {
    Ok(())
}

#[test]
fn another_package_is_named() {
    assert_eq!(Registry::of_program().operations().len(), 3);
    assert_scopes_locked!("second-crate/scopes.lock", packages = ["second-crate"]);
    assert!(of_this_test().is_err());
    assert_eq!(Scope::ALL.len(), 1);
}

#[test]
fn a_package_without_operations_is_named() {
    let said = |result: std::thread::Result<()>| {
        let panic = result.expect_err("it fails");
        panic.downcast_ref::<String>().expect("a message").clone()
    };
    // This package has operations only in its tests.
    let own = said(catch_unwind(|| assert_scopes_locked!()));
    assert!(
        own.starts_with("no annotated operation of package `scopes-tests` is linked into this test; link its crate with `use scopes_tests as _;`"),
        "{own}"
    );
    assert!(
        own.contains("of those that are linked: `second-crate`"),
        "{own}"
    );
    let one = said(catch_unwind(|| {
        assert_scopes_locked!(packages = ["second-crate", "third-crate"]);
    }));
    assert!(one.contains("of package `third-crate` is linked"), "{one}");
}
