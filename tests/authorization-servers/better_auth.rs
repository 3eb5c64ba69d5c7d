//! better-auth with the settings of `better-auth/server.mjs`.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::client::http;
use super::control::{Interruption, SigningKeys};
use super::process::{Process, free_port, installed};

/// A better-auth in a process of its own, whose users sign in as Ada, and grant a client reading at first
/// and everything when it asks again.
#[derive(Debug)]
pub struct BetterAuth {
    port: u16,
    admin: String,
    secret: String,
    process: Process,
}

impl BetterAuth {
    /// The client that is registered for MCP clients, with every scope.
    pub const CLIENT: &str = "mcp-client";
    /// The client that asks about tokens.
    pub const RESOURCE_SERVER: &str = "mcp-server";

    /// Starts a better-auth whose access tokens are of a kind, `jwt` or `opaque`, for the MCP server at
    /// `resource`, and waits until it answers. With `limits`, it answers only so many requests a minute, as
    /// in production.
    ///
    /// # Errors
    ///
    /// If better-auth is not installed.
    pub async fn start(resource: &str, kind: &str, limits: bool) -> Result<Self, String> {
        let cached = installed("better-auth")?;
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path();
        // Node looks for packages beside the file that imports them.
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("better-auth/server.mjs");
        std::fs::copy(source, at.join("server.mjs")).expect("the server");
        symlink(cached.join("node_modules"), at.join("node_modules")).expect("a link");
        let [port, admin_port] = [free_port(), free_port()];
        let mut node = Command::new("node");
        node.arg("server.mjs")
            .env("ADMIN_PORT", admin_port.to_string())
            .env("LIMITS", if limits { "on" } else { "off" })
            .env("PORT", port.to_string())
            .env("RESOURCE", resource)
            .env("SECRET", "a secret of at least thirty-two characters")
            .env("TABLES", at.join("tables"))
            .env("TOKENS", kind);
        let mut started = Self {
            port,
            admin: format!("http://127.0.0.1:{admin_port}/"),
            secret: String::new(),
            process: Process::start(folder, &mut node),
        };
        started.process.wait_for(&http(), &started.admin).await;
        let said = started.admin("GET", "").await;
        said["secret"]
            .as_str()
            .expect("a secret")
            .clone_into(&mut started.secret);
        Ok(started)
    }

    /// Returns the issuer.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}/api/auth", self.port)
    }

    /// Returns the secret of the client that asks about tokens.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    async fn admin(&self, method: &str, path: &str) -> Value {
        let method = method.parse().expect("a method");
        let request = http().request(method, format!("{}{path}", self.admin));
        let answer = request.send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }
}

impl SigningKeys for BetterAuth {
    async fn rotate_keys(&self) {
        self.admin("POST", "").await;
    }

    async fn withdraw_key(&self, id: &str) {
        self.admin("DELETE", id).await;
    }
}

impl Interruption for BetterAuth {
    async fn interrupt(&mut self) {
        self.process.kill(self.port);
    }

    async fn restore(&mut self) {
        self.process.start_again();
        self.process.wait_for(&http(), &self.admin).await;
    }
}
