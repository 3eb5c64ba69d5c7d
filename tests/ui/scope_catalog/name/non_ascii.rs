#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("é")]
    A,
}

fn main() {}
