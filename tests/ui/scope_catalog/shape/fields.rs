#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("a")]
    A { of: u8 },
}

fn main() {}
