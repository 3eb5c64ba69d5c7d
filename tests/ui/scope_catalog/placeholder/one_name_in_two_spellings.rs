#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("projects:{project-id}:{project_id}")]
    Project,
}

fn main() {}
