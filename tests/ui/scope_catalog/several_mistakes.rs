#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("a b", baselin)]
    A,
    #[scope("c", implies(D))]
    B(u8),
    C,
}

fn main() {}
