#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("a")]
    A,
    B,
}

fn main() {}
