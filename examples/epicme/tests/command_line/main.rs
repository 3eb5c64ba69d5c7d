//! `EpicMe` as the one who starts it sees it.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod audit;
mod configuration;
mod doctor;
mod environment;
mod instances;
mod log;
mod mistakes;
mod program;
mod start;
mod stdio;
mod subject;
