use scopes_core::{AuthorizeError, requires_scopes};

pub struct Scope;

#[requires_scopes("entries:read")]
fn list_entries() -> Result<(), AuthorizeError> {
    Ok(())
}

fn main() {}
