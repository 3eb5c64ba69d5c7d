#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("projects:{project}:write", implies(TenantRead))]
    ProjectWrite,
    #[scope("tenants:{tenant}:read")]
    TenantRead,
}

fn main() {}
