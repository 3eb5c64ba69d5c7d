//! The header of a JWT, and its parts.

use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::token::{CompactJws, Rejection};

/// A parsed token. Nothing in it is verified yet.
pub(super) struct Unverified<'a> {
    pub(super) header: Header,
    pub(super) payload: Vec<u8>,
    pub(super) message: &'a str,
    pub(super) signature: &'a str,
}

/// The members of a header that are used: they name the key, the algorithm and the type to try. A
/// member that stands twice is an error.
#[derive(Deserialize)]
pub(super) struct Header {
    pub(super) alg: String,
    /// The algorithm that `alg` names, if it is supported.
    #[serde(skip)]
    pub(super) algorithm: Option<Algorithm>,
    pub(super) kid: Option<String>,
    pub(super) typ: Option<String>,
    crit: Option<IgnoredAny>,
    /// RFC 7797, never to be used with JWT (its section 7).
    b64: Option<IgnoredAny>,
    /// Encrypted and compressed tokens are not supported.
    enc: Option<IgnoredAny>,
    zip: Option<IgnoredAny>,
}

impl<'a> Unverified<'a> {
    pub(super) fn parse(token: &'a str) -> Result<Self, Rejection> {
        let malformed = |part, problem| Rejection::Malformed { part, problem };
        let not_base64 = "is not base64url without padding";
        let parts = CompactJws::split(token).ok_or(Rejection::NotJwt)?;
        let header = parts.header();
        let header = header.ok_or_else(|| malformed("header", not_base64))?;
        let payload = parts.payload();
        let payload = payload.ok_or_else(|| malformed("payload", not_base64))?;
        // serde reads an array as the members in their order.
        if !header.trim_ascii_start().starts_with(b"{") {
            return Err(malformed("header", "is not a JSON object"));
        }
        let mut header: Header = serde_json::from_slice(&header)
            .map_err(|_| malformed("header", "is not a JSON object with an `alg`"))?;
        let parameters = [
            ("crit", &header.crit),
            ("b64", &header.b64),
            ("enc", &header.enc),
            ("zip", &header.zip),
        ];
        if let Some((parameter, _)) = parameters.into_iter().find(|(_, value)| value.is_some()) {
            return Err(Rejection::UnsupportedParameter { parameter });
        }
        if parts.signature.contains('.') {
            return Err(malformed("signature", "has a dot"));
        }
        header.algorithm = super::public_key::algorithm(&header.alg);
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
