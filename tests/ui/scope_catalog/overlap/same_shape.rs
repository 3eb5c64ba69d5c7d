#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("projects:{project}:read")]
    Project,
    #[scope("projects:{id}:read")]
    SameShape,
}

fn main() {}
