//! The MCP server of the README as a program of its own. Its URLs and its address are those of the
//! environment (`build.rs`); nothing else is changed.

#![allow(
    clippy::unused_async,
    clippy::unused_self,
    missing_debug_implementations,
    missing_docs,
    reason = "the code of the README"
)]

include!(concat!(env!("OUT_DIR"), "/readme_server.rs"));
