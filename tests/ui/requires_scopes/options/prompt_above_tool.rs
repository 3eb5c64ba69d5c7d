use scopes_core::{AuthorizeError, ScopeCatalog, requires_scopes};
// Stands for the attribute of an MCP library: only its name is looked at.
use tracing::instrument as tool;

#[derive(ScopeCatalog)]
pub enum Scope {
    #[scope("entries:read")]
    EntriesRead,
}

#[requires_scopes("entries:read", prompt = "list_entries")]
#[tool]
fn list_entries() -> Result<(), AuthorizeError> {
    Ok(())
}

#[requires_scopes("entries:read", resource = "journal://entries")]
#[tool]
fn read_entries() -> Result<(), AuthorizeError> {
    Ok(())
}

fn main() {}
