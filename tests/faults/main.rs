//! An authorization server that fails in every way it can, on loopback and under load.
//!
//! Whatever it does, nobody gets in who should not; who was let in before is let in; a good token
//! is never called bad, for its client would throw it away; and nobody waits without end. With
//! `--nocapture`, what became of the requests is printed.

#![allow(clippy::expect_used, reason = "a test may panic")]

mod introspection;
mod keys;
mod limits;
mod load;
