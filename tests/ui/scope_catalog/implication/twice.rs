#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("a")]
    A,
    #[scope("b", implies(A, A))]
    B,
}

fn main() {}
