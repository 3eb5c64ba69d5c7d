use scopes_core::{AuthorizeError, ScopeCatalog, requires_scopes};
// Stands for the attribute of an MCP library: only its name is looked at.
use tracing::instrument as tool;

#[derive(ScopeCatalog)]
pub enum Scope {
    #[scope("entries:read")]
    EntriesRead,
}

#[requires_scopes("entries:read")]
#[cfg_attr(all(), tool)]
fn list_entries() -> Result<(), AuthorizeError> {
    Ok(())
}

#[requires_scopes("entries:read")]
#[cfg_attr(unix, cfg_attr(all(), inline, tool(name = "create")))]
fn create_entry() -> Result<(), AuthorizeError> {
    Ok(())
}

fn main() {}
