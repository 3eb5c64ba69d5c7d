//! What several tests and benchmarks share.

pub mod measure;
