//! The names of what is revoked, as digests of one length.

use sha2::{Digest as _, Sha256};

use super::kind::RevocationKind;

/// The digest of a token, or of the name of a session, subject, client or issuer.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Name(pub(super) [u8; 32]);

/// Returns the digest of a name of this kind. The first byte is none that a token has, so that no two kinds
/// are hashed from the same bytes.
pub(super) fn of(kind: RevocationKind, text: &str) -> Name {
    digest(kind.place(), text)
}

/// Returns the digest of an issuer.
pub(super) fn of_issuer(issuer: &str) -> Name {
    digest(u8::MAX, issuer)
}

fn digest(mark: u8, text: &str) -> Name {
    let digest = Sha256::new().chain_update([mark]).chain_update(text);
    Name(digest.finalize().into())
}
