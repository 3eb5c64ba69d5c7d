#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("a", implies(B))]
    A,
    #[scope("b", implies(A))]
    B,
}

fn main() {}
