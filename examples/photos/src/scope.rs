//! The scopes that a client can ask a user of the photo service for.

use scopes_core::ScopeCatalog;

/// The scopes of the photo service.
#[derive(ScopeCatalog)]
pub(crate) enum Scope {
    /// See your photos.
    #[scope("photos:read")]
    PhotosRead,
    /// Upload, change and delete your photos.
    #[scope("photos:write", implies(PhotosRead))]
    PhotosWrite,
    /// See your albums.
    #[scope("albums:read")]
    AlbumsRead,
    /// Create, change and delete your albums.
    #[scope("albums:write", implies(AlbumsRead))]
    AlbumsWrite,
    /// See your name and picture.
    #[scope("profile:read", baseline)]
    ProfileRead,
}
