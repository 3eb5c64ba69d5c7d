use scopes_core::{AuthorizeError, requires_scopes};

#[derive(scopes_core::ScopeCatalog)]
pub enum Scope {
    #[scope("projects:write", implies(ProjectWrite))]
    ProjectsWrite,
    #[scope("projects:{project}:write", implies(ProjectRead))]
    ProjectWrite,
    #[scope("projects:{project}:read")]
    ProjectRead,
    #[scope("devices:read")]
    DevicesRead,
}

#[requires_scopes(public, args(project = project))]
fn deploy(project: u64) -> Result<u64, AuthorizeError> {
    Ok(project)
}

fn main() {}
