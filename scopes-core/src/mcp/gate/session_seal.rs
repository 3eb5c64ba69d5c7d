//! Binds the server's session ids to principals.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderValue;
use sha2::Sha256;

use crate::secret_keys::SecretKeys;
use crate::token::Principal;

/// The longest session id of a server that is sealed, in bytes.
const MAX_ID: usize = 512;
/// The length of a tag in bytes, and in base64url.
const TAG: usize = 32;
const ENCODED_TAG: usize = 43;

/// The MAC of a session id.
pub(super) type Tag = [u8; TAG];

/// Seals session ids on their way out, and opens them on their way in.
///
/// A sealed id is the server's own, a dot, and a MAC over the principal and the id. Nothing is
/// stored: only these keys make a tag, and only for the principal that opened the session. The tag of
/// a session that was opened without a token is over the id alone.
///
/// The first key seals, all of them open. Without a key, nothing is sealed and nothing opened.
#[derive(Clone)]
pub(super) struct SessionSeal(Arc<[Hmac<Sha256>]>);

impl SessionSeal {
    /// Takes a key from the operating system; none if it has no random bytes.
    pub(super) fn with_random_key() -> Self {
        let keys = SecretKeys::random();
        keys.map_or_else(|_| Self(Arc::default()), |keys| Self::of(&keys, ""))
    }

    /// Derives the keys for one resource, so that another one with the same keys opens none of its ids.
    pub(super) fn of(keys: &SecretKeys, resource: &str) -> Self {
        let purpose = format!("scopes session ids {resource}");
        let keys = keys.derive(&purpose);
        let keys = keys.filter_map(|key| Hmac::new_from_slice(&key).ok());
        Self(keys.collect())
    }

    /// The id for the client. Returns `None` if `id` is not 1 to 512 visible ASCII characters
    /// (the MCP transport allows no others), or if there is no key.
    pub(super) fn seal(&self, principal: Principal, id: &HeaderValue) -> Option<HeaderValue> {
        self.sealed(Some(principal), id).map(|(sealed, _)| sealed)
    }

    /// The id for a client without a token, and its tag. `None` where [`seal`](Self::seal) returns none.
    pub(super) fn seal_anonymous(&self, id: &HeaderValue) -> Option<(HeaderValue, Tag)> {
        self.sealed(None, id)
    }

    fn sealed(&self, principal: Option<Principal>, id: &HeaderValue) -> Option<(HeaderValue, Tag)> {
        let id = id.as_bytes();
        if !is_session_id(id) {
            return None;
        }
        let tag = mac(self.0.first()?, principal, id).finalize().into_bytes();
        let mut encoded = [0; ENCODED_TAG];
        BASE64_URL_SAFE_NO_PAD
            .encode_slice(tag, &mut encoded)
            .ok()?;
        let sealed = [id, b".", &encoded].concat();
        let sealed = HeaderValue::from_maybe_shared(Bytes::from(sealed)).ok()?;
        Some((sealed, tag.into()))
    }

    /// The id for the server. Returns `None` unless `sealed` was made by this seal for `principal`.
    pub(super) fn open(&self, principal: Principal, sealed: &HeaderValue) -> Option<HeaderValue> {
        self.opened(Some(principal), sealed).map(|(id, _)| id)
    }

    /// The id for the server, and its tag. Returns `None` unless `sealed` was made by this seal for a
    /// client without a token.
    pub(super) fn open_anonymous(&self, sealed: &HeaderValue) -> Option<(HeaderValue, Tag)> {
        self.opened(None, sealed)
    }

    fn opened(
        &self,
        principal: Option<Principal>,
        sealed: &HeaderValue,
    ) -> Option<(HeaderValue, Tag)> {
        let sealed = sealed.as_bytes();
        let (sealed, encoded) = sealed.split_last_chunk::<ENCODED_TAG>()?;
        let id = sealed.strip_suffix(b".").filter(|id| is_session_id(id))?;
        let mut tag = [0; TAG];
        let decoded = BASE64_URL_SAFE_NO_PAD.decode_slice(encoded, &mut tag);
        decoded.ok().filter(|length| *length == TAG)?;
        let sealed_by = |key| mac(key, principal, id).verify_slice(&tag).is_ok();
        self.0.iter().any(sealed_by).then_some(())?;
        Some((HeaderValue::from_bytes(id).ok()?, tag))
    }
}

/// The first byte says whether there is a principal, which has a fixed length, so that no other pair is
/// hashed from the same bytes.
fn mac(key: &Hmac<Sha256>, principal: Option<Principal>, id: &[u8]) -> Hmac<Sha256> {
    let mac = key.clone();
    let mac = match principal {
        Some(principal) => mac.chain_update([1]).chain_update(principal.as_bytes()),
        None => mac.chain_update([0]),
    };
    mac.chain_update(id)
}

fn is_session_id(id: &[u8]) -> bool {
    (1..=MAX_ID).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic)
}

impl fmt::Debug for SessionSeal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionSeal(..)")
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test")]
mod tests {
    use super::*;
    use crate::token::{AcceptToken, Claims, PresentedToken};

    #[test]
    fn without_a_key_nothing_is_sealed_and_nothing_opened() {
        let token = PresentedToken::bearer("token");
        let token = AcceptToken::of(token).token_with(Claims::default());
        let principal = Principal::of(&token).expect("a principal");
        let id = HeaderValue::from_static("session-1");
        let sealed = SessionSeal::with_random_key().seal(principal, &id);
        let without_key = SessionSeal(Arc::default());
        assert_eq!(without_key.seal(principal, &id), None);
        assert_eq!(without_key.open(principal, &sealed.expect("a key")), None);
    }
}
