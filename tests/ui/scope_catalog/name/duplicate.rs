#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("entries:read")]
    One,
    #[scope("entries:read")]
    Two,
}

fn main() {}
