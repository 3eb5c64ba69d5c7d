//! The purposes of entries.

/// The purpose of an entry. Entries of different purposes are never taken for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Sessions of rmcp.
    Session,
    /// Events of streams that rmcp can resume.
    Event,
    /// The principals and requirements of tasks.
    Task,
    /// Answers about tokens.
    Introspection,
    /// Revocations.
    Revocation,
}

impl Purpose {
    /// All of them.
    pub(super) const ALL: [Self; 5] = [
        Self::Session,
        Self::Event,
        Self::Task,
        Self::Introspection,
        Self::Revocation,
    ];

    /// Returns the name in keys and metrics. Changing one loses the entries under it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Event => "event",
            Self::Task => "task",
            Self::Introspection => "introspection",
            Self::Revocation => "revocation",
        }
    }
}
