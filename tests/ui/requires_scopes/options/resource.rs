use scopes_core::{AuthorizeError, ScopeCatalog, requires_scopes};

#[derive(ScopeCatalog)]
pub enum Scope {
    #[scope("entries:read")]
    EntriesRead,
}

#[requires_scopes("entries:read", resource = "journal://entries/{id")]
fn unclosed() -> Result<(), AuthorizeError> {
    Ok(())
}

#[requires_scopes("entries:read", resource = "journal://entries/{+path}")]
fn level_two() -> Result<(), AuthorizeError> {
    Ok(())
}

#[requires_scopes("entries:read", resource = "/entries/{id}")]
fn relative() -> Result<(), AuthorizeError> {
    Ok(())
}

#[requires_scopes("entries:read", resource = "journal://entries", tool = "entries")]
fn named_twice() -> Result<(), AuthorizeError> {
    Ok(())
}

fn main() {
    let _ = (unclosed(), level_two(), relative(), named_twice());
}
