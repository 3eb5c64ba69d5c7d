//! The task that every client gets.

use serde_json::Value;

/// A call of a client.
#[derive(Clone, Debug)]
pub struct Call {
    /// The name of the tool.
    pub tool: &'static str,
    /// Its arguments.
    pub arguments: Value,
    /// The scope that it needs.
    pub scope: &'static str,
}

/// What the user grants at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstGrant {
    /// All that the client asks for, which is the baseline or what is published.
    Asked,
    /// A part: the client asks for every scope.
    Part,
    /// Every scope. The client never needs another.
    Everything,
}

/// The server that a client is given, and what it does there.
#[derive(Clone, Debug)]
pub struct Task {
    /// The URL of the MCP server.
    pub url: String,
    /// The client that the client is. Without one, it registers itself.
    pub client_id: Option<String>,
    /// How many tools the server has.
    pub tools: usize,
    /// What the user grants at first.
    pub grant: FirstGrant,
    /// The call that the first token allows.
    pub first: Call,
    /// The call that may need one scope more.
    pub step: Call,
}
