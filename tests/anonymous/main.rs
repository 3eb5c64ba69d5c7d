//! Callers without a token at an MCP server: what is public is open to them if the handler says so, and
//! all else is the 401 that it is otherwise.

#![allow(
    clippy::expect_used,
    clippy::unused_async,
    clippy::unused_self,
    reason = "a test"
)]

mod adopted;
mod attacks;
mod gate;
mod handler;
mod journal;
mod late;
mod lists;
mod open;
mod refused;
mod sessions;
mod site;
mod start;

use journal::Scope;
