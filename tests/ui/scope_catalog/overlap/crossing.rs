#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("projects:{project}")]
    Project,
    #[scope("{tenant}:read")]
    Tenant,
}

fn main() {}
