#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("")]
    A,
}

fn main() {}
