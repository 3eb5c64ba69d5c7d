#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("https://example.com/?error=a")]
    A,
}

fn main() {}
