//! The MCP conformance suite, with and without the gate: `cargo test -p scopes-conformance`.
