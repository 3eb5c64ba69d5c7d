//! Reports: what they say, in which formats, what has changed from one to another, and the lock
//! file. The operations of this program are those of `journal`.

#![allow(clippy::expect_used, reason = "a test may panic")]

mod argument_changes;
mod argument_values;
mod arguments;
mod by_value;
mod diff;
mod escaping;
mod exact;
mod formats;
mod journal;
mod lock;
mod lock_file;
mod projection;
mod random;
