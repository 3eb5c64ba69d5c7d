#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("offline_access")]
    Offline,
}

fn main() {}
