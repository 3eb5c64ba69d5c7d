//! What the service does, and what each deed requires.

use scopes_core::{AuthorizeError, requires_scopes};

#[requires_scopes("profile:read")]
pub(crate) fn view_profile() -> Result<&'static str, AuthorizeError> {
    Ok("Ada Lovelace")
}

#[requires_scopes(any("photos:read", "albums:read"))]
pub(crate) fn view_photo() -> Result<&'static str, AuthorizeError> {
    Ok("a difference engine")
}

#[requires_scopes("photos:write")]
pub(crate) fn upload_photo() -> Result<&'static str, AuthorizeError> {
    Ok("uploaded")
}

#[requires_scopes(any("photos:read", "photos:write", "albums:read"))]
pub(crate) fn list_covers() -> Result<&'static str, AuthorizeError> {
    Ok("2 covers")
}

#[requires_scopes(all("albums:write", any("photos:read", "photos:write")))]
pub(crate) fn file_photo() -> Result<&'static str, AuthorizeError> {
    Ok("filed in `Engines`")
}
