#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("a", implies(B))]
    A,
    #[scope("b", implies(C))]
    B,
    #[scope("c", implies(A))]
    C,
    #[scope("d", implies(A))]
    D,
}

fn main() {}
