//! A journal as an MCP server, its tools, prompts and resources protected by OAuth scopes.

pub mod authorization_server;
pub mod journal;
mod scope;
pub mod server;

pub use scope::Scope;
