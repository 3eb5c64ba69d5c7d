use scopes_core::{AuthorizeError, requires_scopes};

struct Names;

#[requires_scopes("entries:read", catalog = Names)]
fn list_entries() -> Result<(), AuthorizeError> {
    Ok(())
}

fn main() {}
