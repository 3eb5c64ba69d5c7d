//! The parts of a compact JWS.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The parts of a compact JWS (RFC 7515 section 7.1), still encoded. Nothing in them is verified.
pub(crate) struct CompactJws<'a> {
    header: &'a str,
    payload: &'a str,
    #[cfg(feature = "jwt")]
    pub(crate) signature: &'a str,
    /// The input of the signature.
    #[cfg(feature = "jwt")]
    pub(crate) message: &'a str,
}

impl<'a> CompactJws<'a> {
    /// Splits `token` at its first two dots. Whatever follows them is the signature: a server that
    /// ignores further parts verifies the same header and payload that are read here.
    pub(crate) fn split(token: &'a str) -> Option<Self> {
        let (header, rest) = token.split_once('.')?;
        let (payload, signature) = rest.split_once('.')?;
        #[cfg(not(feature = "jwt"))]
        let _ = signature;
        Some(Self {
            header,
            payload,
            #[cfg(feature = "jwt")]
            signature,
            #[cfg(feature = "jwt")]
            message: &token[..token.len() - signature.len() - 1],
        })
    }

    pub(crate) fn header(&self) -> Option<Vec<u8>> {
        decode(self.header)
    }

    pub(crate) fn payload(&self) -> Option<Vec<u8>> {
        decode(self.payload)
    }
}

/// Decodes base64url without padding (RFC 7515 section 2). The alphabet has no dot.
fn decode(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok()
}
