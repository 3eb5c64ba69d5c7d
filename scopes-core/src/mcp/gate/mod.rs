//! The gate in front of an MCP server.

mod anonymous;
mod anonymous_sessions;
mod body;
mod decision;
mod denial;
mod ending;
mod exchange;
mod future;
mod layer;
#[cfg(feature = "revocation")]
mod revoked;
mod rules;
mod service;
mod session_seal;
mod shared_tasks;
mod started_tasks;
mod versions;
mod whole_body;

pub use body::AnswerBody;
pub use future::GateFuture;
pub use layer::GateLayer;
pub use service::Gate;
