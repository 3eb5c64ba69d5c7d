//! The principal that acts with a token.

use std::fmt;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::claims::Claims;
use super::verified::VerifiedToken;

/// The user or client that acts with a token, as a digest. Two tokens have equal principals if and
/// only if the same user or client acts with both.
///
/// | the token has | the principal is |
/// |---|---|
/// | `sub`, other than its client id | the user: issuer and `sub` |
/// | a client id and `username` | the user: issuer, client and `username` |
/// | a client id | the client: issuer and client |
/// | none of these | the token itself, until it is refreshed |
///
/// A `sub` that equals the client id names the client. Without `sub`, only `username` distinguishes
/// the users of a client (RFC 7662 section 2.2 makes both optional). It is used together with the
/// client, because it may not be unique beyond that. An empty string counts as absent.
///
/// After a revocation of everything that was issued to a user or client, new tokens of theirs have another
/// principal, so that they find none of the sessions and tasks from before.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Principal([u8; 32]);

/// The claims that name a principal.
enum Named<'a> {
    Subject(&'a str),
    UserOfClient(&'a str, &'a str),
    Client(&'a str),
    Nobody,
}

impl<'a> Named<'a> {
    fn by(claims: &'a Claims) -> Self {
        let present = |text: &&str| !text.is_empty();
        let subject = claims.subject.as_deref().filter(present);
        let client = claims.client_id.as_deref().filter(present);
        let username = claims.further.get("username").and_then(Value::as_str);
        match (subject, client, username.filter(present)) {
            (Some(subject), client, _) if client != Some(subject) => Self::Subject(subject),
            (_, Some(client), Some(username)) => Self::UserOfClient(client, username),
            (_, Some(client), None) => Self::Client(client),
            (_, None, _) => Self::Nobody,
        }
    }
}

impl Principal {
    /// Returns `None` if the token names no principal and was made without the string that a client
    /// presents: such tokens cannot be distinguished.
    pub(crate) fn of(token: &VerifiedToken) -> Option<Self> {
        let claims = token.claims();
        let mut digest = Sha256::new();
        // The kind comes first, and a length before each text, so that different principals are
        // always hashed from different bytes.
        let mut add = |bytes: &[u8]| digest.update(bytes);
        match Named::by(claims) {
            Named::Subject(subject) => {
                add(b"s");
                add_texts(&mut add, claims, &[subject]);
            }
            Named::UserOfClient(client, username) => {
                add(b"u");
                add_texts(&mut add, claims, &[client, username]);
            }
            Named::Client(client) => {
                add(b"c");
                add_texts(&mut add, claims, &[client]);
            }
            Named::Nobody => {
                add(b"t");
                add(token.digest()?);
            }
        }
        #[cfg(feature = "revocation")]
        if let Some(renewed) = token.renewed() {
            digest.update(b"r");
            digest.update(renewed.to_be_bytes());
        }
        Some(Self(digest.finalize().into()))
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

fn add_texts(add: &mut impl FnMut(&[u8]), claims: &Claims, texts: &[&str]) {
    let issuer = claims.issuer.as_deref();
    add(&[u8::from(issuer.is_some())]);
    for text in issuer.iter().chain(texts) {
        add(&(text.len() as u64).to_be_bytes());
        add(text.as_bytes());
    }
}

/// Returns the digest of a token whose claims name no principal. No other token needs one.
pub(super) fn digest_of_nameless(claims: &Claims, token: &str) -> Option<[u8; 32]> {
    matches!(Named::by(claims), Named::Nobody).then(|| Sha256::digest(token).into())
}

impl fmt::Debug for Principal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Principal(..)")
    }
}
