use scopes_core::requires_scopes;

#[derive(scopes_core::ScopeCatalog)]
pub enum Scope {
    #[scope("entries:read")]
    EntriesRead,
    #[scope("entries:write", implies(EntriesRead))]
    EntriesWrite,
    #[scope("tags:read")]
    TagsRead,
}

#[requires_scopes("entries:read")]
fn list_entries() -> String {
    String::new()
}

fn main() {}
