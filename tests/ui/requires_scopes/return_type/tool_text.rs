use scopes_core::requires_scopes;

#[derive(scopes_core::ScopeCatalog)]
pub enum Scope {
    #[scope("entries:read")]
    EntriesRead,
    #[scope("entries:write", implies(EntriesRead))]
    EntriesWrite,
    #[scope("tags:read")]
    TagsRead,
}

struct Journal;

#[rmcp::tool_router]
impl Journal {
    /// Counts the entries.
    #[requires_scopes("entries:read")]
    #[rmcp::tool]
    async fn count_entries(&self) -> String {
        "42".to_owned()
    }
}

fn main() {}
