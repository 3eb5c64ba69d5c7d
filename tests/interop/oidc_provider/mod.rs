//! A certified authorization server in a process of its own, with pages for its users.

mod process;

use std::ops::Deref;

use serde_json::json;

pub use self::process::Process;
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
pub struct OidcProvider(Process);

impl OidcProvider {
    /// Starts a server whose tokens are for the MCP server at `resource`: JWTs if it `signs`, else opaque.
    ///
    /// # Panics
    ///
    /// If the process does not start.
    #[must_use]
    pub fn start(resource: &str, signs: bool) -> Self {
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
        Self(Process::start(&settings))
    }
}

impl Deref for OidcProvider {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.0
    }
}
