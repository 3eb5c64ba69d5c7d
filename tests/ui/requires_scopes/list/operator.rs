use scopes_core::{AuthorizeError, requires_scopes};

#[derive(scopes_core::ScopeCatalog)]
pub enum Scope {
    #[scope("entries:read")]
    EntriesRead,
    #[scope("entries:write", implies(EntriesRead))]
    EntriesWrite,
    #[scope("tags:read")]
    TagsRead,
}

#[requires_scopes("entries:read" | "tags:read")]
fn list_entries() -> Result<(), AuthorizeError> {
    Ok(())
}

fn main() {}
