#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("projects:{project}:read")]
    Project,
    #[scope("projects:all:read")]
    AllProjects,
}

fn main() {}
