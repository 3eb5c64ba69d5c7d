//! Verifies tokens by introspection at the authorization server (RFC 7662), with a cache.
//!
//! ```no_run
//! # async fn example(fetch: impl scopes_core::fetch::Fetch, secret: String) -> Result<(), Box<dyn std::error::Error>> {
//! use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
//!
//! let client = ClientAuthentication::secret_basic("journal-server", secret);
//! let verifier = IntrospectionVerifier::builder("https://mcp.example.com/mcp", client)
//!     .issuer("https://auth.example.com")
//!     .discover(fetch)
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! An active token must also be a bearer access token for this resource, and not expired. A JWT
//! whose own `iss` or `aud` does not match, that has expired, or that is marked as another kind of
//! token, is rejected without a request; its `iss` is compared if `issuer` is set. If the answer is
//! neither active nor inactive, as in an outage, the request is answered with 503. It is not
//! answered with 401, because the token may be valid, and a client would discard it.
//!
//! # Several instances
//!
//! With `IntrospectionVerifierBuilder::store`, the instances of a server share the answers: an answer is looked
//! for in the memory of the instance, then in the store, and then one instance asks for all. Other instances
//! wait for its answer for at most a second. Each instance applies its own settings to an answer, so that one
//! with another audience or a shorter `max_age` accepts no more than if it had asked. An inactive token is
//! rejected for at most twice `max_rejection_age` without another question. While the store is
//! unavailable, each instance asks for itself.
//!
//! # Load
//!
//! Clients can send made-up tokens at any rate. At most 64 introspection requests are in flight
//! ([`max_questions`](IntrospectionVerifierBuilder::max_questions)), a quarter of them reserved for
//! tokens that were accepted before. Up to sixteen requests wait for each one in flight, for at
//! most half of `timeout`; others are answered with 503 and `Retry-After`.
//!
//! After a 429, or a 503 with `Retry-After`, introspection pauses for the time that the server asks
//! for, at most a minute: `Retry-After` and `X-Retry-After` are read, in seconds or as a date.
//! During the pause, cached tokens are accepted; the others are answered with 503 and the remaining
//! time.
//!
//! If the server answers 500 twice within a minute for one token that was never valid here, and
//! calls another token active in between, the token is rejected with 401, so that the client signs
//! in again.

mod answer;
#[cfg(feature = "jwt")]
mod assertion;
mod builder;
mod client;
mod endpoint;
mod load;
mod outage;
mod proof;
mod rate;
mod setting;
mod shared_answers;
mod verifier;

pub use builder::IntrospectionVerifierBuilder;
pub use client::ClientAuthentication;
pub use setting::{BuildIntrospectionVerifierError, IntrospectionVerifierSetting};
pub use verifier::IntrospectionVerifier;
