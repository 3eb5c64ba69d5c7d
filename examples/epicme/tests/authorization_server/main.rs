//! The development authorization server, over real HTTP, as clients and browsers see it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on ends"
)]

mod support;

mod client_documents;
mod client_limit;
mod concrete_scopes;
mod consent;
mod cross_site;
mod expiry;
mod introspection;
mod issuer;
mod minted;
mod refresh;
mod registration;
mod requests;
mod tokens;
