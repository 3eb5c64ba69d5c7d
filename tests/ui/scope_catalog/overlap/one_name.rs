#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("projects:{project}")]
    Project,
    #[scope("projects:{project}")]
    Again,
}

fn main() {}
