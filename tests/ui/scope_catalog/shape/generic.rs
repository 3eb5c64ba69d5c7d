#[derive(scopes_core::ScopeCatalog)]
enum Scope<const N: u8> {
    #[scope("a")]
    A,
}

fn main() {}
