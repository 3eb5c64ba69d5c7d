#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("a", optional)]
    A,
}

fn main() {}
