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
//! resource, and not expired. A JWT whose own `iss` or `aud` does not fit, or that is marked as another
//! kind of token, is rejected without a question. What says neither yes nor no, an outage above all, is
//! answered with 503, never with yes, and not with 401 either: the token may be good, and a client
//! would throw it away.

mod answer;
#[cfg(feature = "jwt")]
mod assertion;
mod builder;
mod client;
mod endpoint;
mod verifier;

pub use builder::{BuildIntrospectionVerifierError, IntrospectionVerifierBuilder};
pub use client::ClientAuthentication;
pub use verifier::IntrospectionVerifier;
