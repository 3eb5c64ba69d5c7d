#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("a", implies())]
    A,
}

fn main() {}
