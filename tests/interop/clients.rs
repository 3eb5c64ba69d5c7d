//! The clients, most of them in a process of their own, and what they did.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use super::browser::REDIRECT_URI;
use super::programs::{Program, Steps, node, python};
use super::rust;
use super::task::Task;

/// A client that can run here.
#[derive(Debug)]
pub struct Client {
    /// Its name in tables.
    pub name: &'static str,
    script: Option<Script>,
}

/// A program, and its task beside that of others.
#[derive(Clone, Debug)]
struct Script {
    program: Program,
    /// `true` if it asks for refresh tokens. TypeScript 1.x that has one refreshes when it is told
    /// that a scope is missing, gets the same scopes, and gives up.
    refreshes: bool,
}

/// How long the client in this process may take; the others have their own.
const PATIENCE: Duration = Duration::from_secs(60);

/// Returns the clients that can run here, and why others cannot. Python's packages are kept in `folder`.
#[must_use]
pub fn installed(folder: &Path) -> (Vec<Client>, Vec<String>) {
    let mut clients = vec![Client {
        name: "rmcp",
        script: None,
    }];
    let mut missing = Vec::new();
    let mut add = |name, interpreter: PathBuf, script, refreshes| {
        let program = Program {
            interpreter,
            script,
        };
        clients.push(Client {
            name,
            script: Some(Script { program, refreshes }),
        });
    };
    match node() {
        Ok(()) => {
            add("TypeScript 2.x", "node".into(), "typescript-2.mjs", true);
            add("TypeScript 1.x", "node".into(), "typescript-1.mjs", false);
        }
        Err(problem) => missing.push(format!("TypeScript: {problem}")),
    }
    match python(folder) {
        Ok(python) => add("Python 2.x", python, "python.py", true),
        Err(problem) => missing.push(format!("Python: {problem}")),
    }
    (clients, missing)
}

impl Client {
    /// Has the client do its task, with the user behind `browser`, who grants the second request if
    /// `grants`.
    ///
    /// # Errors
    ///
    /// What the client printed, if it did not get to its end.
    pub async fn steps(&self, task: &Task, browser: &str, grants: bool) -> Result<Steps, String> {
        let Some(Script { program, refreshes }) = self.script.clone() else {
            let steps = tokio::time::timeout(PATIENCE, rust::steps(task, grants)).await;
            let steps = steps.map_err(|_| "it does not end".to_owned())?;
            return steps.map_err(|error| error.to_string());
        };
        let task = json!({
            "browser": browser,
            "client_id": task.client_id,
            "first": { "tool": task.first.tool, "arguments": task.first.arguments },
            "redirect_uri": REDIRECT_URI,
            "refreshes": refreshes,
            "step": { "tool": task.step.tool, "arguments": task.step.arguments },
            "url": task.url,
            "user": if grants { "grants" } else { "declines" },
        });
        program.steps(task).await
    }
}
