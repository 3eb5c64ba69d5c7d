//! Asks the authorization server about each token (RFC 7662), and remembers the answer for a while.
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
//! That the server calls a token active is not enough: it must be a bearer access token for this
//! resource, and not expired. A JWT whose own `iss` or `aud` does not fit, that has expired, or that is
//! marked as another kind of token, is rejected without a question; its `iss` is compared if `issuer`
//! is set. What says neither yes nor no, an outage above all, is
//! answered with 503, never with yes, and not with 401 either: the token may be good, and a client
//! would throw it away.
//!
//! # Load
//!
//! Clients can send made-up tokens at any rate. At most 64 questions are in flight
//! ([`max_questions`](IntrospectionVerifierBuilder::max_questions)), a quarter of them kept for
//! tokens that were accepted before. Sixteen requests wait for each question in flight, for at most
//! half of `timeout`; others are answered with 503 and `Retry-After`.
//!
//! After a 429, or a 503 that says when to come back, the server is not asked until then, for at
//! most a minute: `Retry-After` and `X-Retry-After` are read, in seconds or as a date. Remembered
//! tokens are accepted meanwhile; the others are answered with 503 and the time that is left.
//!
//! If the server answers 500 twice within a minute about one token that was never valid here, and calls
//! another token active in between, the token is rejected with 401, so that the client signs in again.

mod answer;
#[cfg(feature = "jwt")]
mod assertion;
mod builder;
mod client;
mod endpoint;
mod load;
mod proof;
mod rate;
mod setting;
mod verifier;

pub use builder::IntrospectionVerifierBuilder;
pub use client::ClientAuthentication;
pub use setting::{BuildIntrospectionVerifierError, IntrospectionVerifierSetting};
pub use verifier::IntrospectionVerifier;
