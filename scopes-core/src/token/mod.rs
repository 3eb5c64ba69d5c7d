//! Reads and verifies access tokens: their presentation, their claims, and the verifier.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # #[cfg(feature = "testing")] {
//! use scopes_core::PresentedToken;
//! use scopes_core::testing::StaticVerifier;
//! use scopes_core::token::verify;
//!
//! let verifier = StaticVerifier::new().token("mF_9.B5f-4.1JqM", "ada", "photos:read")?;
//! let presented = PresentedToken::from_authorization(["Bearer mF_9.B5f-4.1JqM"])?;
//! let token = verify(&verifier, presented.ok_or("there is a token")?).await?;
//! assert_eq!(token.subject(), Some("ada"));
//! # }
//! # Ok(())
//! # }
//! ```

#[cfg(any(feature = "introspection", feature = "jwt"))]
mod audience;
mod claims;
#[cfg(feature = "jwt")]
mod explanation;
#[cfg(any(feature = "introspection", feature = "jwt"))]
mod jws;
#[cfg(any(feature = "introspection", feature = "jwt"))]
mod kind;
mod presentation;
mod presented;
#[cfg(feature = "mcp")]
mod principal;
#[cfg(feature = "jwt")]
mod provider;
#[cfg(any(feature = "introspection", feature = "jwt"))]
mod raw_claims;
mod rejection;
#[cfg(feature = "revocation")]
mod revocable;
mod verified;
mod verifier;

pub use crate::moment::Moment;
#[cfg(any(feature = "introspection", feature = "jwt"))]
pub(crate) use audience::AcceptedAudiences;
pub use claims::Claims;
#[cfg(feature = "jwt")]
pub(crate) use explanation::shown;
#[cfg(feature = "jwt")]
pub use explanation::{CheckResult, TokenCheck, TokenExplanation};
#[cfg(any(feature = "introspection", feature = "jwt"))]
pub(crate) use jws::CompactJws;
#[cfg(any(feature = "introspection", feature = "jwt"))]
pub(crate) use kind::is_access_token_type;
pub use presentation::{Presentation, TokenScheme};
#[cfg(any(feature = "cache", feature = "introspection", feature = "jwt"))]
pub(crate) use presented::Confirmation;
pub use presented::{PresentedToken, PresentingRequest};
#[cfg(feature = "mcp")]
pub(crate) use principal::Principal;
#[cfg(feature = "jwt")]
pub(crate) use provider::Provider;
#[cfg(any(feature = "introspection", feature = "jwt"))]
pub(crate) use raw_claims::RawClaims;
#[cfg(feature = "introspection")]
pub(crate) use raw_claims::ReadClaimsError;
pub use rejection::Rejection;
#[cfg(feature = "revocation")]
pub(crate) use revocable::identity_of;
pub use verified::VerifiedToken;
pub use verifier::{AcceptToken, TokenVerifier, VerifyTokenError, verify, verify_at_once};
