#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope(baseline, "a")]
    A,
}

fn main() {}
