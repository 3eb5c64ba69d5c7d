//! Servers made with rmcp: a whole protected server in one call, who is calling, what a refusal looks
//! like in band, and the check when the server starts.
//!
//! [`protect`] serves a handler over HTTP as a protected resource. In the handler,
//! [`#[scoped_handler]`](crate::scoped_handler) on `impl ServerHandler` is all that a server of
//! tools, prompts and resources needs, whatever comes above or below it:
//!
//! ```
//! use rmcp::{ErrorData, ServerHandler, tool, tool_handler, tool_router};
//! use scopes_core::{Registry, ScopeCatalog, requires_scopes, rmcp::validate, scoped_handler};
//!
//! #[derive(ScopeCatalog)]
//! pub enum Scope {
//!     /// Read your journal entries.
//!     #[scope("entries:read")]
//!     EntriesRead,
//! }
//!
//! #[derive(Clone)]
//! struct Journal;
//!
//! #[tool_router]
//! impl Journal {
//!     /// Counts the entries.
//!     #[requires_scopes("entries:read", catalog = Scope)]
//!     #[tool]
//!     async fn count_entries(&self) -> Result<String, ErrorData> {
//!         Ok("42".to_owned())
//!     }
//! }
//!
//! #[scoped_handler]
//! #[tool_handler]
//! impl ServerHandler for Journal {}
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! validate(Journal, &Registry::of_program()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! [`protect`] calls [`validate`] itself; a server with another transport calls it when it starts.
//!
//! Put `#[requires_scopes]` above `#[tool]` or `#[prompt]`, where it sees the kind and the name of the
//! operation. Below, it sees a plain function and needs `tool = ".."` or `prompt = ".."`; without it,
//! [`validate`] reports the tool as not annotated.
//!
//! rmcp runs every request in a task of its own, where there is no current caller. Where no
//! attribute can be put on the `impl`, as with `#[tool_router(server_handler)]`, or in a route that
//! is built by hand, the handler takes the request's context and names it:
//! `#[requires_scopes("entries:read", from = context)]`.
//!
//! With `describe_requirements = true`, the entries of lists say in their `_meta` what they require,
//! so that a host can show it before it asks. Hidden scopes do not show:
//!
//! ```json
//! { "rs.docs.scopes-core/requirement": {
//!     "requires": { "any": [{ "scope": "entries:read" }, { "scope": "entries:write" }] },
//!     "sentence": "At least one of: entries:read entries:write is required." } }
//! ```
//!
//! A resource is any function that reads it, with `resource = "journal://entries/{id}"`; the
//! handler's `read_resource` calls it.

mod context;
mod description;
#[doc(hidden)]
pub mod generated;
mod invokes;
mod lists;
mod local;
mod probe;
mod protected;
mod refusal;
mod server;
#[cfg(feature = "axum")]
mod together;
mod validation;

pub use context::caller;
pub use local::{LocalPolicy, as_caller};
pub use protected::{
    ProtectServer, ProtectServerError, ProtectedServer, ProtectedService, protect,
};
#[cfg(feature = "axum")]
pub use together::{ProtectedServers, SamePathError};
pub use validation::{ValidateHandlerError, validate};
