//! The state of an accepted token that the check of revocations needs.

use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};

/// The identity of an accepted token, and the result of its last check.
#[derive(Default)]
pub(super) struct Revocable {
    /// `None` for a token that no client presented as a string.
    identity: Option<[u8; 32]>,
    has_source: bool,
    /// The generation of revocations by which the token was last found not to be revoked; 0 before.
    checked: AtomicU64,
    /// The time, in milliseconds since 1970, of the last revocation that the token was issued after; 0 for
    /// none.
    renewed: AtomicU64,
}

impl Revocable {
    pub(super) fn presented(token: &str, has_source: bool) -> Self {
        Self {
            identity: Some(identity_of(token)),
            has_source,
            ..Self::default()
        }
    }

    pub(super) fn identity(&self) -> Option<&[u8; 32]> {
        self.identity.as_ref()
    }

    pub(super) const fn has_source(&self) -> bool {
        self.has_source
    }

    #[inline]
    pub(super) fn was_checked_in(&self, generation: u64) -> bool {
        self.checked.load(Ordering::Acquire) == generation
    }

    pub(super) fn set_checked(&self, generation: u64) {
        self.checked.store(generation, Ordering::Release);
    }

    #[cfg(feature = "mcp")]
    pub(super) fn renewed(&self) -> Option<u64> {
        let renewed = self.renewed.load(Ordering::Acquire);
        (renewed > 0).then_some(renewed)
    }

    /// Never goes back: two sets of revocations may check one token.
    pub(super) fn set_renewed(&self, renewed: u64) {
        self.renewed.fetch_max(renewed, Ordering::AcqRel);
    }
}

/// Returns a digest that is the same for every string that is accepted as the same token.
///
/// Of a JWS that is the digest of header and payload: whoever has a token signed by ECDSA can make a second
/// valid signature of it without the key. Of any other token it is the digest of the whole string.
pub(crate) fn identity_of(token: &str) -> [u8; 32] {
    Sha256::digest(signed_part(token).unwrap_or(token)).into()
}

/// Returns header and payload of a compact JWS. Whatever follows the second dot is left out, because a server
/// may ignore it.
fn signed_part(token: &str) -> Option<&str> {
    // A JWE with a shared key has nothing between the first two dots, and its header is in every token.
    let (header, rest) = token.split_once('.')?;
    let (payload, signature) = rest.split_once('.')?;
    let is_object = matches!(
        header.as_bytes(),
        [b'e', b'w'..=b'z' | b'0'..=b'9' | b'-' | b'_', ..]
    );
    (is_object && !payload.is_empty()).then(|| &token[..token.len() - signature.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_signed_identifies_a_jws() {
        let same = [
            ("eyJh.eyJi.c", "eyJh.eyJi.d"),
            ("eyJh.eyJi.c", "eyJh.eyJi.c.d"),
            ("eyJh.eyJi.c", "eyJh.eyJi."),
        ];
        for (one, other) in same {
            assert_eq!(identity_of(one), identity_of(other), "{one} {other}");
        }
        let different = [
            ("eyJh.eyJi.c", "eyJh.eyJj.c"),
            ("eyJh.eyJi", "eyJh.eyJj"),
            // PASETO, JWE with a shared key, and opaque tokens.
            ("v4.local.a", "v4.local.b"),
            ("eyJh..a.b.c", "eyJh..b.b.c"),
            ("a.b.c", "a.b.d"),
            ("abc", "abd"),
        ];
        for (one, other) in different {
            assert_ne!(identity_of(one), identity_of(other), "{one} {other}");
        }
    }
}
