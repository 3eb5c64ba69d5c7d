#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("projects:{project}", requestable = true)]
    Project,
}

fn main() {}
