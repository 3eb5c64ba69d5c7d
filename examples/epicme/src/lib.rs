//! A journal as an MCP server, its tools, prompts and resources protected by OAuth scopes.

pub mod authorization_server;
mod scope;

pub use scope::Scope;
