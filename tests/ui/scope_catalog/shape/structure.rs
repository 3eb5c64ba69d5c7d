#[derive(scopes_core::ScopeCatalog)]
struct Scope;

fn main() {}
