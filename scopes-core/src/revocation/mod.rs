//! Revocations of tokens before they expire, at this server.
//!
//! A JWT is valid until it expires, whatever happens at the authorization server, and a cache keeps the answer
//! about an opaque token for minutes. [`Revocations`] reject both at once:
//!
//! - A request with a revoked token is answered with 401 and `invalid_token`, also if a cache has an answer
//!   about the token.
//! - The open response streams of the token end, as they do when it expires.
//! - After a revocation by subject, by client or by time, the sessions and tasks of the principals are
//!   unknown, also to their new tokens.
//!
//! ```
//! use scopes_core::revocation::Revocations;
//! use scopes_core::tower::ProtectLayer;
//! # use scopes_core::{ResourceServer, TokenVerifier};
//!
//! fn layer<V: TokenVerifier>(server: ResourceServer, verifier: V) -> (ProtectLayer<V>, Revocations) {
//!     let revocations = Revocations::new();
//!     let protect = ProtectLayer::new(server, verifier).revocations(&revocations);
//!     (protect, revocations)
//! }
//! ```
//!
//! A program uses one [`Revocations`] for all its layers. Revoke with [`Revocations::revoke`], or from outside
//! with [`RevocationEndpoint`](crate::tower::RevocationEndpoint).
//!
//! # Duration
//!
//! A revocation concerns tokens that were issued before it: a token that the client requests afterwards is
//! accepted, unless the authorization server refuses to issue it. So revoke there first. A token without `iat`
//! counts as issued before.
//!
//! A revocation lasts for [`max_token_lifetime`](RevocationsBuilder::max_token_lifetime), 24 hours by default.
//! No token that it concerns is accepted afterwards, because the layer rejects those that could live for
//! longer. The exceptions are tokens that are [asked about](crate::token::AcceptToken::revocable_at_source):
//! API keys and introspected tokens. Remove the key from its list, or revoke the token at the authorization
//! server, within that time.

#![cfg_attr(
    feature = "store",
    doc = "
# Several instances

With [`store`](RevocationsBuilder::store), all instances of a server have the same revocations. Each runs
[`Revocations::follow_store`]."
)]

mod asked;
mod builder;
mod error;
#[cfg(feature = "store")]
mod follow;
mod kind;
mod name;
mod record;
mod revocations;
mod secret;
mod table;
mod wakers;

pub use asked::Revocation;
pub use builder::RevocationsBuilder;
pub use error::RevokeError;
pub use kind::RevocationKind;
pub use revocations::Revocations;
pub use secret::{RevocationSecret, RevocationSecretError};
