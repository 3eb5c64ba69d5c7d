//! `EpicMe` as its clients see it, over HTTP: what each operation takes, does and keeps from others.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod anonymous;
mod client;
mod completion;
mod endpoints;
mod inputs;
mod lists;
mod matrix;
mod notebooks;
mod ownership;
mod requirements;
mod sessions;
mod table;
mod verification;
