//! `EpicMe` as the one who starts it sees it.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod configuration;
mod doctor;
mod environment;
mod log;
mod mistakes;
mod program;
mod start;
mod stdio;
mod subject;
