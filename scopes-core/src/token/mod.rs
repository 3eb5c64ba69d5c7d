//! Access tokens: how one is presented, what it says, and who finds it good.

mod access_token;
#[cfg(any(feature = "introspection", feature = "jwt"))]
mod audience;
mod claims;
#[cfg(any(feature = "introspection", feature = "jwt"))]
mod jws;
#[cfg(any(feature = "introspection", feature = "jwt"))]
mod kind;
#[cfg(feature = "mcp")]
mod principal;
#[cfg(any(feature = "introspection", feature = "jwt"))]
mod raw_claims;
mod verified;
mod verifier;

pub use crate::moment::Moment;
pub use access_token::AccessToken;
#[cfg(any(feature = "introspection", feature = "jwt"))]
pub(crate) use audience::AcceptedAudiences;
pub use claims::Claims;
#[cfg(any(feature = "introspection", feature = "jwt"))]
pub(crate) use jws::CompactJws;
#[cfg(any(feature = "introspection", feature = "jwt"))]
pub(crate) use kind::is_access_token_type;
#[cfg(feature = "mcp")]
pub(crate) use principal::Principal;
#[cfg(any(feature = "introspection", feature = "jwt"))]
pub(crate) use raw_claims::RawClaims;
#[cfg(feature = "introspection")]
pub(crate) use raw_claims::ReadClaimsError;
pub use verified::VerifiedToken;
pub use verifier::{AcceptToken, TokenVerifier, VerifyTokenError, verify, verify_at_once};
