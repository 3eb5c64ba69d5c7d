//! What `#[scoped_handler]` writes calls to. Not part of the public interface.

use crate::caller::{Caller, CallerSource};

pub use super::lists::Lists;
pub use super::refusal::tool_answer;

/// Who sent the request that `context` tells about.
pub fn caller(context: &impl CallerSource) -> Caller {
    context.caller()
}
