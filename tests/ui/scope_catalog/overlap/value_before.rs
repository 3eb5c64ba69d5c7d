#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("projects:all:read")]
    AllProjects,
    #[scope("projects:{project}:read")]
    Project,
}

fn main() {}
