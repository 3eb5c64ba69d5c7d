#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("a", hidden = true)]
    A,
}

fn main() {}
