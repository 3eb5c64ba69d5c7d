#[derive(scopes_core::ScopeCatalog)]
enum Scope {
    #[scope("projects:read", requestable)]
    Projects,
}

fn main() {}
