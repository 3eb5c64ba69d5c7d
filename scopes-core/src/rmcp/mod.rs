//! Adapter for rmcp: a whole protected server in one call, the caller in handlers, in-band
//! refusals, and the validation when the server starts.
//!
//! [`protect`] serves a handler over HTTP as a protected resource. In the handler, a server of
//! tools, prompts and resources needs [`#[scoped_handler]`](crate::scoped_handler) on
//! `impl ServerHandler`, above or below other attributes:
//!
//! ```standalone_crate
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
//! rmcp runs every request in a task of its own, which has no current caller. If the `impl` cannot
//! have an attribute, as with `#[tool_router(server_handler)]`, or in a route that is built by
//! hand, take the request's context as a parameter and name it:
//! `#[requires_scopes("entries:read", from = context)]`.
//!
//! With `describe_requirements = true`, the entries of lists have their requirements in `_meta`, so
//! that a host can show them before a call. Hidden scopes are left out:
//!
//! ```json
//! { "rs.docs.scopes-core/requirement": {
//!     "requires": { "any": [{ "scope": "entries:read" }, { "scope": "entries:write" }] },
//!     "sentence": "At least one of: entries:read entries:write is required." } }
//! ```
//!
//! With `security_schemes = true`, each tool says in `_meta["securitySchemes"]` how clients have to
//! authenticate: `noauth`, or `oauth2` with the scopes that a challenge would name.
//!
//! A refusal that comes too late for a status becomes an error result. Behind the layer, the result
//! has the layer's challenge in `_meta["mcp/www_authenticate"]`.
//!
//! With `anonymous = "public"`, [`protect`] admits callers without a token to public operations: see
//! [`Protect::anonymous_access`](crate::tower::Protect::anonymous_access). Lists then show these
//! callers the entries of public operations, and with `anonymous = "whole"` all entries.
//!
//! For a resource, annotate the function that reads it with `resource = "journal://entries/{id}"`,
//! and call it in the handler's `read_resource`.

mod context;
mod description;
#[cfg(feature = "store")]
mod events;
#[doc(hidden)]
pub mod generated;
mod invokes;
mod lists;
mod local;
mod probe;
mod protected;
mod refusal;
mod security_schemes;
mod server;
mod sessions;
#[cfg(feature = "axum")]
mod together;
mod validation;

pub use context::caller;
#[cfg(feature = "store")]
pub use events::event_store;
pub use local::{LocalPolicy, as_caller};
pub use protected::{
    ProtectServer, ProtectServerError, ProtectedServer, ProtectedService, protect,
};
pub use sessions::SharedSessions;
#[cfg(feature = "axum")]
pub use together::{MergeServersError, ProtectedServers};
pub use validation::{ValidateHandlerError, validate};
