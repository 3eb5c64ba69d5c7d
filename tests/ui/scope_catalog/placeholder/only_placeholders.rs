#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("{tenant}:{project}")]
    Project,
}

fn main() {}
