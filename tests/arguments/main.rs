//! Requirements whose scopes depend on the arguments of a call.

#![allow(clippy::expect_used, reason = "a test")]

mod agreement;
mod catalog;
mod decisions;
mod fixture;
mod gate;
mod guard;
mod many_scopes;
mod start;
mod values;
