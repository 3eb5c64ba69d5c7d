//! A tower layer that makes an HTTP service a protected resource.
//!
//! It serves the metadata, authenticates every other request, runs the inner service with the
//! caller in its context, and turns refusals into the canonical answers. It works with axum, hyper
//! and any other tower service.

mod answer;
mod future;
mod layer;
mod metadata_endpoint;
#[cfg(feature = "page")]
mod report_page;
mod service;

pub use answer::refusal_response;
pub use future::ProtectFuture;
pub use layer::{ProtectLayer, RefusalBody};
#[cfg(feature = "page")]
pub use report_page::ReportPage;
pub use service::{Protect, ResponseBody};
