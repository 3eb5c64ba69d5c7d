//! A journal as an MCP server, its tools, prompts and resources protected by OAuth scopes.

mod audit;
pub mod authorization_server;
pub mod cli;
mod first_calls;
pub mod journal;
mod log;
mod options;
mod page;
mod scope;
pub mod server;
mod start;

pub use options::{ListedScopes, Options, TokenProfile, Verification};
pub use scope::Scope;
pub use start::{App, Running, StartServerError, serve};
