//! A certified authorization server in a process of its own, with pages for its users.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::json;

use scopes_interop::browser::REDIRECT_URI;

/// What MCP clients are registered as.
pub(crate) const CLIENT: &str = "client";
/// As what EpicMe asks about tokens.
pub(crate) const RESOURCE_SERVER: &str = "epicme";
pub(crate) const SECRET: &str = "the secret of epicme";

/// The scopes of one notebook.
const NOTEBOOKS: &str = "^notebooks:[0-9]+:(read|write)$";

pub(crate) struct AuthorizationServer {
    pub(crate) issuer: String,
    child: Child,
    /// The server stops when this is closed.
    _stdin: ChildStdin,
}

impl AuthorizationServer {
    pub(crate) fn start(resource: &str, signs: bool) -> Self {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../oidc-provider");
        let installed = Command::new("npm")
            .args(["ci", "--silent", "--ignore-scripts"])
            .current_dir(&directory)
            .status();
        assert!(installed.expect("npm starts").success(), "npm ci fails");
        let scope = "user:read entries:read entries:write tags:read tags:write";
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
            _stdin: stdin,
        }
    }
}

impl Drop for AuthorizationServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
