//! `crate::Scope`, wherever it is declared, for functions of other modules that have names of their own.

#![deny(warnings)]

use journal::Scope;

mod journal {
    #[derive(scopes_core::ScopeCatalog)]
    pub enum Scope {
        #[scope("entries:read")]
        EntriesRead,
        #[scope("entries:write")]
        EntriesWrite,
    }
}

/// Has other items of the same names as the root.
mod tools {
    use super::Scope as Catalog;
    use Catalog::EntriesWrite;
    use scopes_core::{AuthorizeError, requires_scopes};
    use scopes_core as core;

    pub struct Scope;

    #[requires_scopes("entries:read", crate = core)]
    pub fn list() -> Result<Scope, AuthorizeError> {
        Ok(Scope)
    }

    #[requires_scopes(any("entries:read", EntriesWrite), crate = core)]
    pub fn count() -> Result<u8, AuthorizeError> {
        Ok(1)
    }
}

/// Not the crate of that name.
mod core {}

#[scopes_core::requires_scopes(all("entries:read", "entries:write"))]
fn create() -> Result<u8, scopes_core::AuthorizeError> {
    enum Scope {}
    let _: Option<Scope> = None;
    Ok(1)
}

fn main() {
    assert!(tools::list().is_err());
    assert!(tools::count().is_err());
    assert!(create().is_err());
}
