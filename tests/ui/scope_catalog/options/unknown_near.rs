#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("a", baselin)]
    A,
}

fn main() {}
