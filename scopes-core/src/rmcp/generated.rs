//! Items that the expansion of `#[scoped_handler]` calls. Not part of the public interface.

pub use rmcp::ErrorData;
pub use rmcp::service::SubscriptionContext;

pub use super::context::Context;
pub use super::invokes::Invokes;
pub use super::lists::List;
pub use super::server::{Decided, Request, Server};
