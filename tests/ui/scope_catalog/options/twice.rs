#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("a", hidden, hidden)]
    A,
}

fn main() {}
