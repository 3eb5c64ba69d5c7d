//! The clients, most of them in a process of their own, and what they did.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use super::browser::REDIRECT_URI;
use super::programs::{Program, Steps, built, node, python};
use super::rust;
use super::task::Task;

/// The names of all clients, in the order of tables.
pub const NAMES: [&str; 8] = [
    "TypeScript 2.x",
    "TypeScript 1.x",
    "Python 2.x",
    "rmcp",
    "Go SDK",
    "mcp-go",
    "Java SDK",
    "Inspector",
];

/// A client that can run here.
#[derive(Debug)]
pub struct Client {
    /// Its name in tables.
    pub name: &'static str,
    /// `None` for the one in this process.
    program: Option<Program>,
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
        program: None,
        refreshes: true,
    }];
    let mut missing = Vec::new();
    match node() {
        Ok(()) => {
            let script = |script| Program::script("node".into(), script);
            clients.push(Client::new("TypeScript 2.x", script("typescript-2.mjs")));
            clients.push(Client {
                refreshes: false,
                ..Client::new("TypeScript 1.x", script("typescript-1.mjs"))
            });
        }
        Err(problem) => missing.push(format!("TypeScript: {problem}")),
    }
    match python(folder) {
        Ok(python) => {
            let program = Program::script(python, "python.py");
            clients.push(Client::new("Python 2.x", program));
        }
        Err(problem) => missing.push(format!("Python: {problem}")),
    }
    (clients, missing)
}

/// Returns the clients that are built before they run, as far as they are, and why others cannot run.
#[must_use]
pub fn compiled() -> (Vec<Client>, Vec<String>) {
    let (mut clients, mut missing) = (Vec::new(), Vec::new());
    match built("go") {
        Ok(folder) => {
            for (name, program) in [("Go SDK", "go-sdk"), ("mcp-go", "mcp-go")] {
                let program = Program::new(folder.join(program), Vec::new());
                clients.push(Client::new(name, program));
            }
        }
        Err(problem) => missing.push(format!("the clients in Go: {problem}")),
    }
    match built("java") {
        Ok(folder) => clients.push(Client::new("Java SDK", java(&folder))),
        Err(problem) => missing.push(format!("the client in Java: {problem}")),
    }
    (clients, missing)
}

/// Returns the Inspector's command line. It asks for every published scope at first, whatever the 401 names.
///
/// # Errors
///
/// If it is not installed.
pub fn inspector() -> Result<Client, String> {
    let folder = built("inspector")?;
    let arguments = vec!["inspector.mjs".into(), folder.into_os_string()];
    let program = Program::new("node".into(), arguments);
    Ok(Client::new("Inspector", program))
}

fn java(folder: &Path) -> Program {
    let mut classes = folder.join("classes").into_os_string();
    classes.push(":");
    classes.push(folder.join("lib/*"));
    let arguments = vec![
        // It runs for seconds: the compiler's later tiers would not pay.
        "-XX:TieredStopAtLevel=1".into(),
        "-Xmx256m".into(),
        "-cp".into(),
        classes,
        "interop.Main".into(),
    ];
    Program::new(PathBuf::from("java"), arguments)
}

impl Client {
    fn new(name: &'static str, program: Program) -> Self {
        Self {
            name,
            program: Some(program),
            refreshes: true,
        }
    }

    /// Has the client do its task, with the user behind `browser`, who grants the second request if
    /// `grants`.
    ///
    /// # Errors
    ///
    /// What the client printed, if it did not get to its end.
    pub async fn steps(&self, task: &Task, browser: &str, grants: bool) -> Result<Steps, String> {
        let Some(program) = self.program.clone() else {
            let steps = tokio::time::timeout(PATIENCE, rust::steps(task, grants)).await;
            let steps = steps.map_err(|_| "it does not end".to_owned())?;
            return steps.map_err(|error| error.to_string());
        };
        let task = json!({
            "browser": browser,
            "client_id": task.client_id,
            "first": { "tool": task.first.tool, "arguments": task.first.arguments },
            "redirect_uri": REDIRECT_URI,
            "refreshes": self.refreshes,
            "step": { "tool": task.step.tool, "arguments": task.step.arguments },
            "url": task.url,
            "user": if grants { "grants" } else { "declines" },
        });
        program.steps(task).await
    }
}
