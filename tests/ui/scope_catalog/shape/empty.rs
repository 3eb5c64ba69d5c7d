#[derive(scopes_core::ScopeCatalog)]
enum Scope {}

fn main() {}
