#[derive(scopes_core::ScopeCatalog)]
union Scope {
    one: u8,
}

fn main() {}
