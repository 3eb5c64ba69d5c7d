//! Unmodified MCP clients against EpicMe: `cargo test -p scopes-interop`.
