#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("projects:{project}:read", baseline)]
    Project,
}

fn main() {}
