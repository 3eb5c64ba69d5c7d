//! The header of a JWT, and its parts.

use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny};

use crate::error::InvalidToken;
use crate::token::CompactJws;

/// A token taken apart. Nothing in it is true yet.
pub(super) struct Unverified<'a> {
    pub(super) header: Header,
    pub(super) payload: Vec<u8>,
    pub(super) message: &'a str,
    pub(super) signature: &'a str,
}

/// What the header may tell us: which key and algorithm to try, and what kind of token this claims
/// to be. A member that stands twice is an error.
#[derive(Deserialize)]
pub(super) struct Header {
    #[serde(deserialize_with = "algorithm")]
    pub(super) alg: Algorithm,
    pub(super) kid: Option<String>,
    pub(super) typ: Option<String>,
    crit: Option<IgnoredAny>,
    /// RFC 7797, never to be used with JWT (its section 7).
    b64: Option<IgnoredAny>,
    /// An encrypted or compressed token is none that we can read.
    enc: Option<IgnoredAny>,
    zip: Option<IgnoredAny>,
}

impl<'a> Unverified<'a> {
    pub(super) fn parse(token: &'a str) -> Result<Self, InvalidToken> {
        let parts = CompactJws::split(token).ok_or(InvalidToken::NotAccepted)?;
        let header = parts.header().ok_or(InvalidToken::NotAccepted)?;
        let payload = parts.payload().ok_or(InvalidToken::NotAccepted)?;
        // serde reads an array as the members in their order.
        if !header.trim_ascii_start().starts_with(b"{") {
            return Err(InvalidToken::NotAccepted);
        }
        let mut header: Header =
            serde_json::from_slice(&header).map_err(|_| InvalidToken::NotAccepted)?;
        let extensions = [&header.crit, &header.b64, &header.enc, &header.zip];
        if extensions.into_iter().any(Option::is_some) || parts.signature.contains('.') {
            return Err(InvalidToken::NotAccepted);
        }
        // An empty id names no key.
        header.kid = header.kid.filter(|kid| !kid.is_empty());
        Ok(Self {
            header,
            payload,
            message: parts.message,
            signature: parts.signature,
        })
    }
}

fn algorithm<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Algorithm, D::Error> {
    let name = String::deserialize(deserializer)?;
    super::public_key::algorithm(&name).ok_or_else(|| D::Error::custom("unknown algorithm"))
}
