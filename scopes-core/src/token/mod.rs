//! Access tokens: how one is presented, what it says, and who finds it good.

mod access_token;
mod claims;
#[cfg(feature = "mcp")]
mod principal;
#[cfg(any(feature = "introspection", feature = "jwt"))]
mod raw_claims;
mod verified;
mod verifier;

pub use crate::moment::Moment;
pub use access_token::AccessToken;
pub use claims::Claims;
#[cfg(feature = "mcp")]
pub(crate) use principal::Principal;
#[cfg(any(feature = "introspection", feature = "jwt"))]
pub(crate) use raw_claims::RawClaims;
pub use verified::VerifiedToken;
pub use verifier::{AcceptToken, TokenVerifier, VerifyTokenError, verify, verify_at_once};
