//! What several tests and benchmarks share.

pub mod clients;
pub mod faulty;
pub mod issuer;
pub mod measure;
pub mod recorded;
pub mod vocabulary;
