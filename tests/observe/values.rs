//! The values of arguments are in no log.

use scopes_core::{AuthorizeError, ScopeCatalog, requires_scopes, testing};

use crate::story::{listen, log};
use crate::{EMAIL, SUBJECT};

#[derive(ScopeCatalog)]
pub(crate) enum Shelves {
    #[scope("shelves:{shelf}:read", requestable)]
    Read,
}

#[requires_scopes("shelves:{shelf}:read", catalog = Shelves)]
fn open_shelf(shelf: &str) -> Result<(), AuthorizeError> {
    Ok(())
}

#[test]
fn logs_have_templates_and_no_values() {
    listen();
    let caller = testing::caller(SUBJECT, "").expect("scopes");
    let refused = caller.enter(|| open_shelf(EMAIL));
    assert!(
        refused.expect_err("no scope").to_string().contains(EMAIL),
        "for the client"
    );
    let log = log();
    assert!(
        log.contains("auth.missing_scope=shelves:{shelf}:read"),
        "{log}"
    );
    assert!(!log.contains(EMAIL), "{log}");
}
