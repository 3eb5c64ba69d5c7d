use scopes_core::{AuthorizeError, requires_scopes};

mod journal {
    #[derive(scopes_core::ScopeCatalog)]
    pub enum Scope {
        #[scope("entries:read")]
        EntriesRead,
        #[scope("entries:write")]
        EntriesWrite,
    }
}

#[requires_scopes(any("entries:read", journal::Scope::EntriesWrite))]
fn list_entries() -> Result<(), AuthorizeError> {
    Ok(())
}

fn main() {
    let _ = journal::Scope::EntriesRead;
}
