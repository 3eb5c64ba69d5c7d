//! Answers for methods and operations that do not exist in the client's version of MCP. Where the
//! gate does not pass a request on, it answers in place of the server.

use http::{HeaderMap, HeaderName, StatusCode};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::denial::Denial;
use crate::mcp::message::Message;
use crate::registry::OperationKind;

const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");

/// The first version without sessions: every request states the capabilities of its client.
const STATELESS: &[u8] = b"2026-07-28";

/// The methods that this version removed.
const REMOVED: [&str; 3] = [
    "resources/subscribe",
    "resources/unsubscribe",
    "tasks/result",
];

/// A message and the headers of its request, which name the client's version of MCP.
pub(super) struct Asked<'a> {
    pub(super) headers: &'a HeaderMap,
    pub(super) message: &'a Message<'a>,
}

impl Asked<'_> {
    fn is_stateless(&self) -> bool {
        let version = self.headers.get(VERSION);
        version.is_some_and(|version| version.as_bytes() >= STATELESS)
    }

    /// Returns the denial for an unknown method. In versions without sessions, its status is 404;
    /// in versions with sessions, 404 would mean an unknown session.
    pub(super) fn no_method(&self) -> Denial {
        let message = "There is no such method.";
        match self.message.id {
            Some(_) if self.is_stateless() => Denial::new(StatusCode::NOT_FOUND, -32601, message),
            id => Denial::in_band(id, -32601, message),
        }
    }

    /// Returns the denial for an unknown operation, in the words of rmcp.
    pub(super) fn not_found(&self, kind: OperationKind) -> Denial {
        let (code, message) = match kind {
            OperationKind::Tool => (-32602, "tool not found"),
            OperationKind::Prompt => (-32602, "prompt not found"),
            _ if self.is_stateless() => (-32602, "resource not found"),
            _ => (-32002, "resource not found"),
        };
        Denial::in_band(self.message.id, code, message)
    }

    /// Returns the denial of a request that names something unknown to its caller. If the client's
    /// version lacks the method, or the client has not declared support for tasks, the denial gives
    /// that as its reason; otherwise, it is `denial`.
    pub(super) fn wrong_in_itself_or(&self, denial: Denial) -> Denial {
        let method = self.message.method().filter(|_| self.is_stateless());
        match method {
            Some(method) if REMOVED.contains(&method) => self.no_method(),
            Some(method) if method.starts_with("tasks/") && !self.declares_tasks() => {
                let message = "The client has not declared that it knows tasks.";
                let needed = json!({ "extensions": { "io.modelcontextprotocol/tasks": {} } });
                Denial::new(StatusCode::BAD_REQUEST, -32021, message)
                    .with_data("requiredCapabilities", needed)
            }
            _ => denial,
        }
    }

    fn declares_tasks(&self) -> bool {
        #[derive(Deserialize)]
        struct Meta {
            #[serde(rename = "io.modelcontextprotocol/clientCapabilities")]
            _capabilities: Capabilities,
        }
        #[derive(Deserialize)]
        struct Capabilities {
            #[serde(rename = "extensions")]
            _extensions: Extensions,
        }
        #[derive(Deserialize)]
        struct Extensions {
            #[serde(rename = "io.modelcontextprotocol/tasks")]
            _tasks: IgnoredAny,
        }
        let meta = self.message.params.meta;
        meta.is_some_and(|meta| serde_json::from_str::<Meta>(meta.get()).is_ok())
    }
}
