#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("a")]
    A,
    #[scope("b", implies("a"))]
    B,
}

fn main() {}
