#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("projects:{project}s:write")]
    Project,
}

fn main() {}
