use scopes_core::{AuthorizeError, ScopeCatalog, requires_scopes};
// Stands for the attribute of an MCP library: only its name is looked at.
use tracing::instrument as tool;

#[derive(ScopeCatalog)]
pub enum Scope {
    #[scope("entries:read")]
    EntriesRead,
}

#[requires_scopes("entries:read", unlisted, tool = "list")]
fn with_a_name() -> Result<(), AuthorizeError> {
    Ok(())
}

#[requires_scopes("entries:read", unlisted, server = "journal")]
fn with_a_server() -> Result<(), AuthorizeError> {
    Ok(())
}

#[requires_scopes("entries:read", unlisted)]
#[tool]
fn a_tool() -> Result<(), AuthorizeError> {
    Ok(())
}

#[requires_scopes(public, unlisted)]
fn nothing_is_left() -> Result<(), AuthorizeError> {
    Ok(())
}

#[requires_scopes("entries:read", unlisted = true)]
fn with_a_value() -> Result<(), AuthorizeError> {
    Ok(())
}

#[requires_scopes("entries:read", unlisted, unlisted)]
fn twice() -> Result<(), AuthorizeError> {
    Ok(())
}

fn main() {}
