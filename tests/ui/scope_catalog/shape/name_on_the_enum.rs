#[derive(scopes_core::ScopeCatalog)]
#[scope("journal")]
enum Scope {
    #[scope("a")]
    A,
}

fn main() {}
