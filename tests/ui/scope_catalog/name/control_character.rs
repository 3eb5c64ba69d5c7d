#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("a\tb")]
    A,
}

fn main() {}
