//! What is printed on start: where the server is, and calls to paste.

use std::fmt::Write as _;

use serde_json::json;

use crate::Running;
use crate::start::StartServerError;

/// Whose journal the printed tokens open.
pub(crate) const SUBJECT: &str = "ada";

const READ: &str = "user:read entries:read tags:read";
const ALL: &str = "user:read entries:read entries:write tags:read tags:write";

/// The URL for a client, and three tokens, each with a call.
pub(crate) fn text(running: &Running) -> Result<String, StartServerError> {
    let url = &running.resource.metadata().resource;
    let mut text = format!("EpicMe is at {url}; this is the URL to give a client.\n");
    let Some(server) = &running.authorization_server else {
        let issuers = &running.resource.metadata().authorization_servers;
        return Ok(text + &format!("Tokens are those of {}.\n", issuers.join(" ")));
    };
    let entry = json!({ "title": "Hello", "content": "Dear diary" });
    let calls = [
        ("no scope", "", "whoami", json!({})),
        ("read only", READ, "list_entries", json!({})),
        ("all", ALL, "create_entry", entry),
    ];
    for (what, scopes, tool, arguments) in calls {
        let token = server
            .mint(SUBJECT, scopes)
            .map_err(StartServerError::because)?;
        let call = call(url, &token, tool, &arguments);
        // Writing to a string does not fail.
        let _ = write!(text, "\n# {what}\n{call}\n");
    }
    let another = format!("epicme token --scope \"{READ}\" --sub {SUBJECT}");
    let _ = write!(text, "\n# another token: {another}\n");
    Ok(text)
}

/// One line for a shell. Since 2026-07-28, a call needs no session.
fn call(url: &str, token: &str, tool: &str, arguments: &serde_json::Value) -> String {
    let body = json!({
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {
            "name": tool,
            "arguments": arguments,
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientInfo": { "name": "curl", "version": "8" },
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    });
    format!(
        "curl -i {url} -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' \
         -H 'Accept: application/json, text/event-stream' -H 'MCP-Protocol-Version: 2026-07-28' \
         -H 'Mcp-Method: tools/call' -H 'Mcp-Name: {tool}' -d '{body}'"
    )
}
