//! Response streams end with the token of their request.

#![allow(clippy::expect_used, clippy::unused_self, reason = "a test may panic")]

mod bodies;
mod mcp;
mod revoked;
mod site;
mod verdicts;
