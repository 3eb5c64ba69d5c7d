use scopes_core::{AuthorizeError, ScopeCatalog, requires_scopes};

#[derive(ScopeCatalog)]
pub enum Scope {
    #[scope("entries:read")]
    EntriesRead,
}

#[requires_scopes("entries:read", tool = "list", prompt = "list")]
fn list_entries() -> Result<(), AuthorizeError> {
    Ok(())
}

fn main() {}
