//! The requests for revocations, by kind.

use std::fmt;
use std::time::SystemTime;

use super::kind::RevocationKind;
use super::name::{self, Name};
use crate::token::identity_of;

/// A revocation, to be passed to [`Revocations::revoke`](super::Revocations::revoke).
///
/// Users, clients and sessions are those of one issuer, which is written character for character as in the
/// tokens. A token whose verifier knows no issuer counts as one of every issuer. `Debug` shows neither a
/// token nor the name of a user.
///
/// ```
/// use scopes_core::revocation::{Revocation, RevocationKind};
///
/// let revocation = Revocation::subject("https://auth.example.com", "ada");
/// assert_eq!(revocation.kind(), RevocationKind::Subject);
/// assert!(!format!("{revocation:?}").contains("ada"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Revocation {
    pub(super) kind: RevocationKind,
    pub(super) name: Name,
    pub(super) issuer: Option<String>,
    /// `None`: the time of the revocation.
    pub(super) issued_before: Option<SystemTime>,
}

impl Revocation {
    /// Revokes one token.
    ///
    /// Of a signed JWT, header and payload are compared, so that another signature of the same token is
    /// revoked too.
    #[must_use]
    pub fn token(token: &str) -> Self {
        Self {
            kind: RevocationKind::Token,
            name: Name(identity_of(token)),
            issuer: None,
            issued_before: None,
        }
    }

    /// Revokes the tokens with this `sid` that were issued until now: those of one session of a user at the
    /// authorization server. An MCP session is not meant.
    #[must_use]
    pub fn session(issuer: &str, session: &str) -> Self {
        Self::of(RevocationKind::Session, issuer, session)
    }

    /// Revokes the tokens of this subject that were issued until now.
    #[must_use]
    pub fn subject(issuer: &str, subject: &str) -> Self {
        Self::of(RevocationKind::Subject, issuer, subject)
    }

    /// Revokes the tokens of this client, with and without a user, that were issued until now.
    #[must_use]
    pub fn client(issuer: &str, client_id: &str) -> Self {
        Self::of(RevocationKind::Client, issuer, client_id)
    }

    /// Revokes the tokens of `issuer` that were issued before `instant`, which must not be in the future.
    /// A token without `iat` counts as older.
    #[must_use]
    pub fn issued_before(issuer: &str, instant: SystemTime) -> Self {
        Self {
            issued_before: Some(instant),
            ..Self::of(RevocationKind::IssuedBefore, issuer, "")
        }
    }

    fn of(kind: RevocationKind, issuer: &str, text: &str) -> Self {
        Self {
            kind,
            name: name::of(kind, text),
            issuer: Some(issuer.to_owned()),
            issued_before: None,
        }
    }

    /// Returns the kind.
    #[must_use]
    pub const fn kind(&self) -> RevocationKind {
        self.kind
    }
}

impl fmt::Debug for Revocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Revocation")
            .field("kind", &self.kind)
            .field("issuer", &self.issuer)
            .field("issued_before", &self.issued_before)
            .finish_non_exhaustive()
    }
}
