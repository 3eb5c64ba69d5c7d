//! Django with django-oauth-toolkit and the settings of `django/settings.py`.

use std::path::Path;
use std::process::Command;

use scopes_interop::browser::REDIRECT_URI;

use super::client::http;
use super::control::Interruption;
use super::process::{Process, free_port, installed};

/// A Django whose users sign in as `ada`, and grant all that a client asks for.
#[derive(Debug)]
pub struct Django {
    port: u16,
    process: Process,
}

impl Django {
    /// The client that is registered for MCP clients.
    pub const CLIENT: &str = "mcp-client";
    /// The client that asks about tokens.
    pub const RESOURCE_SERVER: &str = "mcp-server";
    /// Its secret.
    pub const SECRET: &str = "the secret of the MCP server: %2B & +";

    /// Starts a Django with these URLs, `urls` or `mounted`, and waits until it answers.
    ///
    /// # Errors
    ///
    /// If Django is not installed.
    pub async fn start(urls: &str) -> Result<Self, String> {
        let python = installed("django")?.join("bin/python");
        let folder = tempfile::tempdir().expect("a folder");
        let port = free_port();
        let server = Path::new(env!("CARGO_MANIFEST_DIR")).join("django/server.py");
        let mut program = Command::new(python);
        program
            .arg(server)
            .arg(format!("127.0.0.1:{port}"))
            .env("CLIENT_SECRET", Self::SECRET)
            .env("DATABASE", folder.path().join("db.sqlite3"))
            .env("DJANGO_SECRET_KEY", "a secret of the tests")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("REDIRECT_URI", REDIRECT_URI)
            .env("ROOT_URLCONF", urls);
        let mut started = Self {
            port,
            process: Process::start(folder, &mut program),
        };
        started.restored().await;
        Ok(started)
    }

    /// Returns the issuer.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}/o", self.port)
    }

    async fn restored(&mut self) {
        let login = format!("http://127.0.0.1:{}/accounts/login/", self.port);
        self.process.wait_for(&http(), &login).await;
    }
}

impl Interruption for Django {
    async fn interrupt(&mut self) {
        self.process.kill(self.port);
    }

    async fn restore(&mut self) {
        self.process.start_again();
        self.restored().await;
    }
}
