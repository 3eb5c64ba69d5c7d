#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("a,b")]
    A,
}

fn main() {}
