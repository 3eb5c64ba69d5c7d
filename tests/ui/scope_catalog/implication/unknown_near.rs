#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("entries:read")]
    EntriesRead,
    #[scope("entries:write", implies(EntriesReed))]
    EntriesWrite,
}

fn main() {}
