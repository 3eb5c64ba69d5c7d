//! EpicMe as its users run it, with an authorization server of its own.

use std::path::Path;
use std::process::Command;

use super::client::http;
use super::process::{Process, free_port};

/// An EpicMe in a process of its own.
#[derive(Debug)]
pub struct EpicMe {
    port: u16,
    process: Process,
}

impl EpicMe {
    /// Starts the program, and waits until it answers.
    ///
    /// # Errors
    ///
    /// If the program is not built for the profile of this one.
    pub async fn start() -> Result<Self, String> {
        let this = std::env::current_exe().expect("a path");
        // Tests stand in `deps`.
        let programs = this.parent().and_then(Path::parent).expect("a folder");
        let program = programs.join("epicme");
        if !program.exists() {
            return Err("it is not built; run `cargo build -p epicme`".to_owned());
        }
        let folder = tempfile::tempdir().expect("a folder");
        let port = free_port();
        let mut command = Command::new(program);
        command
            .arg(format!("--listen=127.0.0.1:{port}"))
            .arg("--signing-key")
            .arg(folder.path().join("key"));
        let mut started = Self {
            port,
            process: Process::start(folder, &mut command),
        };
        let ready = format!("http://127.0.0.1:{port}/healthcheck");
        started.process.wait_for(&http(), &ready).await;
        Ok(started)
    }

    /// Returns the URL of the MCP server.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/mcp", self.port)
    }
}
