#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("projects:{projekt}:write", implies(ProjectRead))]
    ProjectWrite,
    #[scope("projects:{project}:read")]
    ProjectRead,
}

fn main() {}
