//! What several tests and benchmarks share.

pub mod clients;
pub mod issuer;
pub mod measure;
pub mod vocabulary;
