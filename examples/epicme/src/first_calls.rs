//! The text that is printed on start: the URL of the server, and calls to paste.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde_json::json;

use crate::start::StartServerError;
use crate::{Options, Running};

/// The user whose journal the printed tokens open.
pub(crate) const SUBJECT: &str = "ada";

/// The default address to listen at.
pub(crate) const DEFAULT_ADDRESS: SocketAddr =
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8788);

const READ: &str = "user:read entries:read tags:read";
const ALL: &str = "user:read entries:read entries:write tags:read tags:write";
const NOTEBOOK: &str = "notebooks:1:write";

/// The URL for a client, and tokens, each with a call.
pub(crate) fn text(running: &Running, options: &Options) -> Result<String, StartServerError> {
    let url = &running.resource.metadata().resource;
    let mut text = format!("EpicMe is at {url}; this is the URL to give a client.\n");
    let Some(server) = &running.authorization_server else {
        let issuers = &running.resource.metadata().authorization_servers;
        return Ok(text + &format!("Tokens are those of {}.\n", issuers.join(" ")));
    };
    let entry = json!({ "title": "Hello", "content": "Dear diary" });
    let written =
        |notebook| json!({ "notebook": notebook, "title": "Hello", "content": "Dear notebook" });
    let calls = [
        ("no scope", "", "whoami", json!({})),
        ("read only", READ, "list_entries", json!({})),
        ("all", ALL, "create_entry", entry),
        ("notebook 1", NOTEBOOK, "write_in_notebook", written(1)),
        (
            "notebook 1, refused for notebook 2",
            NOTEBOOK,
            "write_in_notebook",
            written(2),
        ),
    ];
    for (what, scopes, tool, arguments) in calls {
        let token = server
            .mint(SUBJECT, scopes)
            .map_err(StartServerError::because)?;
        let call = call(url, &token, tool, &arguments);
        // Writing to a string does not fail.
        let _ = write!(text, "\n# {what}\n{call}\n");
    }
    let _ = write!(
        text,
        "\n# another token: {}\n",
        token_command(running, options)
    );
    Ok(text)
}

/// Mints a token that this very server accepts.
fn token_command(running: &Running, options: &Options) -> String {
    let program = std::env::args_os().next();
    let program = program.map_or("epicme".into(), |name| name.to_string_lossy().into_owned());
    let program = quoted(&program);
    let mut command = format!("{program} token --scope \"{READ}\" --sub {SUBJECT}");
    let address = running.address;
    let other = (address != DEFAULT_ADDRESS).then(|| address.to_string());
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    for (flag, value) in [
        ("--env-file", path(&options.env_file)),
        ("--listen", other),
        ("--resource-url", options.resource_url.clone()),
        ("--signing-key", path(&options.signing_key)),
    ] {
        if let Some(value) = value {
            let _ = write!(command, " {flag} {}", quoted(&value));
        }
    }
    command
}

/// Returns the text as one word for a shell.
pub(crate) fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+:@%,".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''")).into()
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
