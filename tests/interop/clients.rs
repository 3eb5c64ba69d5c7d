//! The clients, most of them in a process of their own, and what they did.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::browser::REDIRECT_URI;
use super::rust;
use super::task::Task;

/// A client that can run here.
#[derive(Debug)]
pub struct Client {
    /// Its name in tables.
    pub name: &'static str,
    program: Option<Program>,
}

/// A program that is given the task as JSON in its one argument, and prints its steps.
#[derive(Clone, Debug)]
struct Program {
    interpreter: PathBuf,
    script: &'static str,
    /// Whether it asks for refresh tokens. TypeScript 1.x that has one refreshes when it is told
    /// that a scope is missing, gets the same scopes, and gives up.
    refreshes: bool,
}

/// How long the client in this process may take; the others have their own.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a client did: the names of its steps, and what it said of each.
pub type Steps = Vec<(String, Value)>;

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the clients that can run here, and why others cannot. Python's packages are kept in `folder`.
#[must_use]
pub fn installed(folder: &Path) -> (Vec<Client>, Vec<String>) {
    let mut clients = vec![Client {
        name: "rmcp",
        program: None,
    }];
    let mut missing = Vec::new();
    let mut add = |name, interpreter: PathBuf, script, refreshes| {
        let program = Program {
            interpreter,
            script,
            refreshes,
        };
        clients.push(Client {
            name,
            program: Some(program),
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

fn node() -> Result<(), String> {
    run(Command::new("npm").args(["ci", "--silent", "--ignore-scripts"]))
}

/// The interpreter of an environment that has what is required.
fn python(folder: &Path) -> Result<PathBuf, String> {
    let environment = folder.join("python");
    let program = environment.join("bin/python");
    if !program.exists() {
        run(Command::new("python3")
            .args(["-m", "venv"])
            .arg(&environment))?;
    }
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ];
    run(Command::new(&program)
        .args(install)
        .args(["-r", "requirements.txt"]))?;
    Ok(program)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.current_dir(directory()).output();
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

impl Client {
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
            "refreshes": program.refreshes,
            "step": { "tool": task.step.tool, "arguments": task.step.arguments },
            "url": task.url,
            "user": if grants { "grants" } else { "declines" },
        });
        let run = tokio::task::spawn_blocking(move || program.run(&task));
        run.await.map_err(|error| error.to_string())?
    }
}

impl Program {
    fn run(&self, task: &Value) -> Result<Steps, String> {
        let output = Command::new(&self.interpreter)
            .args([self.script, &task.to_string()])
            .current_dir(directory())
            .stdin(Stdio::null())
            .output();
        let Output {
            status,
            stdout,
            stderr,
        } = output.map_err(|error| error.to_string())?;
        let stdout = String::from_utf8_lossy(&stdout);
        if !status.success() {
            let stderr = String::from_utf8_lossy(&stderr);
            return Err(format!("{status} after\n{stdout}{stderr}"));
        }
        let steps = stdout.lines().map(|line| {
            let step: Value = serde_json::from_str(line).map_err(|_| line.to_owned())?;
            let name = step["step"].as_str().unwrap_or_default();
            Ok((name.to_owned(), step["said"].clone()))
        });
        steps.collect()
    }
}
