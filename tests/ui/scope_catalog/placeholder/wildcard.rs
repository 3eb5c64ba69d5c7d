#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("projects:{*}")]
    Project,
}

fn main() {}
