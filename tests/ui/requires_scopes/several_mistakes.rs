use scopes_core::{AuthorizeError, requires_scopes};

#[derive(scopes_core::ScopeCatalog)]
pub enum Scope {
    #[scope("entries:read")]
    EntriesRead,
    #[scope("entries:write", implies(EntriesRead))]
    EntriesWrite,
    #[scope("tags:read")]
    TagsRead,
}

#[requires_scopes(
    all("entries read", any(), anny("x"), "tags:read", "tags:read"),
    tol = "list",
    server = "",
    name = 3,
)]
fn list_entries() -> Result<(), AuthorizeError> {
    Ok(())
}

// Whoever calls the function is not told that there is none.
fn main() {
    let _ = list_entries();
}
