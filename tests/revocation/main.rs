//! Tokens that are revoked before they expire: which are rejected, for how long, and who may revoke.

#![allow(clippy::expect_used, reason = "a test may panic")]

mod bound;
mod endpoint;
mod instances;
mod kinds;
mod lifetime;
mod sessions;
mod site;
mod verifiers;
