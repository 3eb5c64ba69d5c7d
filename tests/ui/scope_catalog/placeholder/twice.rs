#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("projects:{id}:entries:{id}")]
    Project,
}

fn main() {}
