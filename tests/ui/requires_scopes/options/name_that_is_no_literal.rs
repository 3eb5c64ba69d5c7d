use scopes_core::{AuthorizeError, ScopeCatalog, requires_scopes};
// Stands for the attribute of an MCP library: only its name is looked at.
use tracing::instrument as tool;

#[derive(ScopeCatalog)]
pub enum Scope {
    #[scope("entries:read")]
    EntriesRead,
}

const NAME: &str = "entries.list";

#[requires_scopes("entries:read")]
#[tool(name = NAME)]
fn list_entries() -> Result<(), AuthorizeError> {
    Ok(())
}

fn main() {}
