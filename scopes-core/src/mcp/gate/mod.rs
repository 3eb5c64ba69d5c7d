//! The gate in front of an MCP server.

mod answer;
mod decision;
mod ending;
mod future;
mod layer;
mod service;
mod session_seal;
mod started_tasks;
mod versions;
mod whole_body;

pub use future::GateFuture;
pub use layer::GateLayer;
pub use service::{Gate, GateBody};
pub use started_tasks::AnswerBody;
