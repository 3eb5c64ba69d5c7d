#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("a")]
    #[scope("b")]
    A,
}

fn main() {}
