//! What a client may ask an EpicMe user for.

/// What a client may ask an EpicMe user for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, scopes_core::ScopeCatalog)]
pub enum Scope {
    /// See who you are.
    #[scope("user:read", baseline)]
    UserRead,
    /// Read your journal entries.
    #[scope("entries:read")]
    EntriesRead,
    /// Create, change and delete your journal entries.
    #[scope("entries:write")]
    EntriesWrite,
    /// Read your tags.
    #[scope("tags:read")]
    TagsRead,
    /// Create, change and delete your tags.
    #[scope("tags:write")]
    TagsWrite,
}
