//! The scopes of EpicMe.

/// The scopes that a client can ask an EpicMe user for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, scopes_core::ScopeCatalog)]
pub enum Scope {
    /// See who you are.
    #[scope("user:read", baseline)]
    UserRead,
    /// Read your journal entries.
    #[scope("entries:read", implies(NotebookRead))]
    EntriesRead,
    /// Create, change and delete your journal entries.
    #[scope("entries:write", implies(NotebookWrite))]
    EntriesWrite,
    /// Read the entries of notebook {notebook}.
    #[scope("notebooks:{notebook}:read", requestable)]
    NotebookRead,
    /// Read and write entries in notebook {notebook}, and rename it.
    #[scope("notebooks:{notebook}:write", implies(NotebookRead), requestable)]
    NotebookWrite,
    /// Read your tags.
    #[scope("tags:read")]
    TagsRead,
    /// Create, change and delete your tags.
    #[scope("tags:write")]
    TagsWrite,
}

impl Scope {
    /// Returns whether a client with this scope can delete what the user has stored. The page to consent
    /// marks these scopes.
    #[must_use]
    pub const fn deletes(self) -> bool {
        match self {
            Self::EntriesWrite | Self::TagsWrite => true,
            Self::UserRead
            | Self::EntriesRead
            | Self::NotebookRead
            | Self::NotebookWrite
            | Self::TagsRead => false,
        }
    }
}
