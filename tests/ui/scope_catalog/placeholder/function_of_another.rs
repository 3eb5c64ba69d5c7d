#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("projects:{project}")]
    AsStr,
}

fn main() {}
