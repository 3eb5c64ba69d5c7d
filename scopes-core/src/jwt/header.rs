//! The parts of a compact JWS, and its header.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny};

use crate::error::InvalidToken;

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
        let (message, signature) = token.rsplit_once('.').ok_or(InvalidToken::NotAccepted)?;
        let (header, payload) = message.split_once('.').ok_or(InvalidToken::NotAccepted)?;
        let mut header: Header =
            serde_json::from_slice(&decode(header)?).map_err(|_| InvalidToken::NotAccepted)?;
        let extensions = [&header.crit, &header.b64, &header.enc, &header.zip];
        if extensions.into_iter().any(Option::is_some) {
            return Err(InvalidToken::NotAccepted);
        }
        // An empty id names no key.
        header.kid = header.kid.filter(|kid| !kid.is_empty());
        Ok(Self {
            header,
            payload: decode(payload)?,
            message,
            signature,
        })
    }
}

fn algorithm<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Algorithm, D::Error> {
    let name = String::deserialize(deserializer)?;
    super::public_key::algorithm(&name).ok_or_else(|| D::Error::custom("unknown algorithm"))
}

/// Base64url without padding, as RFC 7515 section 2 has it; dots are no letters of it, so a token
/// of more than three parts ends here.
fn decode(part: &str) -> Result<Vec<u8>, InvalidToken> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| InvalidToken::NotAccepted)
}
