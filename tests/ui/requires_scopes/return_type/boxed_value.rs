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

#[requires_scopes(authenticated)]
fn list_entries() -> std::pin::Pin<Box<dyn Future<Output = u8>>> {
    Box::pin(async { 7 })
}

fn main() {}
