#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("a", baseline, hidden)]
    A,
}

fn main() {}
