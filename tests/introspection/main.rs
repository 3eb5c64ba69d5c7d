//! Introspection over loopback: which answers are a yes, how long they hold, and who is asked when.

#![allow(clippy::expect_used, reason = "a test may panic")]

mod answers;
mod asking;
mod bound;
mod client;
mod metadata;
mod own_claims;
mod shared;
mod site;
mod start;
