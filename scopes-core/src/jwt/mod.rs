//! Verifies JWT access tokens, with keys that are configured, fetched or discovered.
//!
//! ```no_run
//! # async fn example(fetch: impl scopes_core::fetch::Fetch) -> Result<(), Box<dyn std::error::Error>> {
//! use scopes_core::jwt::{Issuer, JwtVerifier};
//!
//! let verifier = JwtVerifier::builder("https://mcp.example.com/mcp")
//!     .issuer(Issuer::new("https://auth.example.com"))
//!     .discover(fetch)
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! By default, an issuer's tokens have the form of common authorization servers
//! ([`Profile::access_token`]); ID tokens and other JWTs of the same issuer are rejected. If all
//! clients get tokens of RFC 9068, [`Profile::at_jwt`] is stricter.
//!
//! The algorithm has to be allowed by the key and by the profile; HMAC and `none` are never
//! allowed. A token is checked only against its own issuer. Keys in the token's header (`jwk`,
//! `jku`, `x5u`, `x5c`) are ignored, and a token with a `crit` header is rejected.

mod builder;
mod claims;
mod current;
mod curve;
mod explanation;
mod fetched_keys;
mod header;
mod issuer;
mod issuer_keys;
mod jwk_set;
mod jwks_cache;
mod jwks_url;
mod key_problem;
mod keys;
mod members;
mod pace;
mod private_keys;
mod profile;
mod public_key;
mod setting;
mod trusted_issuer;
mod verifier;

#[cfg(feature = "introspection")]
pub(crate) use builder::install_cryptography;
pub use builder::{GivenKeys, JwtVerifierBuilder};
pub use issuer::Issuer;
/// The algorithm of a signature, for [`Profile::algorithms`] and [`JwtVerifierBuilder`].
///
/// ```
/// use scopes_core::jwt::{Algorithm, Profile};
///
/// let profile = Profile::at_jwt().algorithms([Algorithm::ES256, Algorithm::EdDSA]);
/// # let _ = profile;
/// ```
///
/// The rest is the documentation of `jsonwebtoken`.
pub use jsonwebtoken::Algorithm;
/// A private key that signs, for `ClientAuthentication::private_key_jwt` of introspection.
///
/// ```no_run
/// use scopes_core::jwt::EncodingKey;
///
/// let key = EncodingKey::from_ec_der(&std::fs::read("/etc/journal/client-key.der")?);
/// # let _ = key;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The rest is the documentation of `jsonwebtoken`.
pub use jsonwebtoken::EncodingKey;
pub use jwk_set::JwkSet;
pub(crate) use key_problem::PassedOver;
#[cfg(feature = "doctor")]
pub(crate) use keys::Keys;
pub use profile::Profile;
pub use setting::{BuildJwtVerifierError, JwtVerifierSetting};
pub use verifier::JwtVerifier;
