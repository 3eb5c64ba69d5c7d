//! The operations, and what each requires.

use scopes_core::{AuthorizeError, VerifiedToken, requires_scopes};

use crate::Scope;

#[requires_scopes(any("photos:read", "photos:write", "albums:read"))]
pub(crate) fn list_covers() -> Result<&'static str, AuthorizeError> {
    Ok("2 covers")
}

#[requires_scopes("profile:read")]
pub(crate) fn view_profile() -> Result<&'static str, AuthorizeError> {
    Ok("Ada Lovelace")
}

#[requires_scopes("photos:write")]
pub(crate) fn upload_photo() -> Result<&'static str, AuthorizeError> {
    Ok("uploaded")
}

#[requires_scopes(all("albums:write", any("photos:read", "photos:write")))]
pub(crate) fn file_photo() -> Result<&'static str, AuthorizeError> {
    Ok("filed in `Engines`")
}

/// Checks the scope by a function call, for a function that answers in its own words.
pub(crate) fn view_photo(token: &VerifiedToken) -> &'static str {
    if !token.scopes().includes(Scope::PhotosRead) {
        return "denied: this user's token does not grant photos:read";
    }
    "a difference engine"
}
