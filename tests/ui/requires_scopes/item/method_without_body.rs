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

trait Journal {
    #[requires_scopes("entries:read")]
    fn list_entries(&self) -> Result<(), AuthorizeError>;
}

fn main() {}
