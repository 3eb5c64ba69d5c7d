//! A certified authorization server in a process of its own, with pages for its users.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use serde_json::json;

use super::browser::REDIRECT_URI;

/// The client that is registered for MCP clients.
pub const CLIENT: &str = "client";
/// The client that asks about tokens.
pub const RESOURCE_SERVER: &str = "epicme";
/// Its secret.
pub const SECRET: &str = "the secret of epicme";

/// The scopes of one notebook.
const NOTEBOOKS: &str = "^notebooks:[0-9]+:(read|write)$";

/// An `oidc-provider` at work.
#[derive(Debug)]
pub struct OidcProvider {
    /// Its issuer.
    pub issuer: String,
    child: Child,
    /// What the server is told, and what it says. It stops when the first is closed.
    conversation: Mutex<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
}

impl OidcProvider {
    /// Starts a server whose tokens are for the MCP server at `resource`: JWTs if it `signs`, else opaque.
    ///
    /// # Panics
    ///
    /// If node or npm fails.
    #[must_use]
    pub fn start(resource: &str, signs: bool) -> Self {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../oidc-provider");
        let installed = Command::new("npm")
            .args(["ci", "--silent", "--ignore-scripts"])
            .current_dir(&directory)
            .status();
        assert!(installed.expect("npm starts").success(), "npm ci fails");
        let scope = "user:read entries:read entries:write notebooks:write tags:read tags:write";
        let kind = if signs {
            json!({ "format": "jwt", "alg": "ES256", "scope": scope, "pattern": NOTEBOOKS })
        } else {
            json!({ "format": "opaque", "scope": scope })
        };
        let settings = json!({
            "clients": [
                {
                    "client_id": CLIENT,
                    "application_type": "native",
                    "grant_types": ["authorization_code", "refresh_token"],
                    "redirect_uris": [REDIRECT_URI],
                    "token_endpoint_auth_method": "none",
                },
                {
                    "client_id": RESOURCE_SERVER,
                    "client_secret": SECRET,
                    "grant_types": [],
                    "redirect_uris": [],
                    "response_types": [],
                },
            ],
            "resources": { resource: kind },
            "has_users": true,
        });
        let mut child = Command::new("node")
            .arg("server.mjs")
            .arg(settings.to_string())
            .current_dir(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts");
        let stdin = child.stdin.take().expect("piped");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let issuer = lines.next().expect("an issuer").expect("UTF-8");
        Self {
            issuer,
            child,
            conversation: Mutex::new((stdin, lines)),
        }
    }

    /// Makes keys that sign from now on. The others stay published.
    ///
    /// # Panics
    ///
    /// If the server has ended.
    pub fn rotate_keys(&self) {
        self.tell("rotate");
    }

    /// Removes every key but those that sign from those that are published.
    ///
    /// # Panics
    ///
    /// If the server has ended.
    pub fn forget_old_keys(&self) {
        self.tell("forget");
    }

    fn tell(&self, what: &str) {
        let mut conversation = self.conversation.lock().expect("not poisoned");
        writeln!(conversation.0, "{what}").expect("it listens");
        let done = conversation.1.next().expect("it is done").expect("UTF-8");
        assert_eq!(done, what);
    }

    /// Sends a signal to the server, such as `STOP` and `CONT`.
    ///
    /// # Panics
    ///
    /// If the server has ended.
    pub fn signal(&self, name: &str) {
        let process = self.child.id().to_string();
        let sent = Command::new("bash")
            .args(["-c", r#"kill -s "$1" -- "$2""#, "bash", name, &process])
            .status();
        assert!(sent.expect("bash starts").success(), "kill -s {name} fails");
    }
}

impl Drop for OidcProvider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
