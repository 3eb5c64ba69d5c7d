//! The kinds of revocations.

/// The kind of a revocation.
///
/// ```
/// use scopes_core::revocation::RevocationKind;
///
/// assert_eq!(RevocationKind::IssuedBefore.as_str(), "issued_before");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RevocationKind {
    /// One token.
    Token,
    /// The tokens of one session at the authorization server (`sid`).
    Session,
    /// The tokens of one user (`sub`).
    Subject,
    /// The tokens of one client (`client_id`).
    Client,
    /// All tokens of one issuer.
    IssuedBefore,
}

impl RevocationKind {
    pub(super) const ALL: [Self; 5] = [
        Self::Token,
        Self::Session,
        Self::Subject,
        Self::Client,
        Self::IssuedBefore,
    ];

    /// Returns the name of the kind, as it is logged and as the endpoint reads it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Session => "session",
            Self::Subject => "subject",
            Self::Client => "client",
            Self::IssuedBefore => "issued_before",
        }
    }

    /// Returns the place in [`ALL`](Self::ALL).
    pub(super) const fn place(self) -> u8 {
        match self {
            Self::Token => 0,
            Self::Session => 1,
            Self::Subject => 2,
            Self::Client => 3,
            Self::IssuedBefore => 4,
        }
    }
}
