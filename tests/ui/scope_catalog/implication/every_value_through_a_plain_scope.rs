#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("projects:{project}:admin", implies(ProjectsRead))]
    ProjectAdmin,
    #[scope("projects:read", implies(ProjectRead))]
    ProjectsRead,
    #[scope("projects:{project}:read")]
    ProjectRead,
}

fn main() {}
