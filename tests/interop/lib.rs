//! Unmodified MCP clients, and a user for them: what the tests of this package, and those of real
//! authorization servers, have in common.

#![allow(clippy::expect_used, reason = "for tests")]

pub mod browser;
pub mod clients;
pub mod oidc_provider;
pub mod outcome;
pub mod programs;
mod rust;
pub mod task;
pub mod versions;
