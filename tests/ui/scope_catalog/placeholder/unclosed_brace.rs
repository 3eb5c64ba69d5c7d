#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("projects:{project:write")]
    Project,
}

fn main() {}
