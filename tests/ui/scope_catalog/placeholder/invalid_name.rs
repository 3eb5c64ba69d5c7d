#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("projects:{1st}")]
    Project,
}

fn main() {}
