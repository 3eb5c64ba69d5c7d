//! Requirements whose scopes depend on the arguments of a call.

#![allow(
    clippy::expect_used,
    clippy::needless_pass_by_value,
    reason = "a test, with handlers as they are written"
)]

mod agreement;
mod catalog;
mod decisions;
mod fixture;
mod gate;
mod guard;
mod guard_alone;
mod many_scopes;
mod site;
mod start;
mod values;
