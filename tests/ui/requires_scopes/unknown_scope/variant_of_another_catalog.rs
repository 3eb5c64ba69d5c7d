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

mod other {
    #[derive(scopes_core::ScopeCatalog)]
    pub enum Scope {
        #[scope("admin")]
        Admin,
    }
}

#[requires_scopes(any("entries:read", other::Scope::Admin))]
fn list_entries() -> Result<(), AuthorizeError> {
    Ok(())
}

fn main() {}
