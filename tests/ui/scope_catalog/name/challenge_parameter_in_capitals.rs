#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("https://example.com/?Error_URI=a")]
    A,
}

fn main() {}
