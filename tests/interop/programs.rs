//! Clients in a process of their own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A program that is given its task as JSON in its last argument, and prints its steps.
#[derive(Clone, Debug)]
pub struct Program {
    file: PathBuf,
    arguments: Vec<OsString>,
}

/// What a client did: the names of its steps, and what it said of each.
pub type Steps = Vec<(String, Value)>;

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the folder of what the script `install` has built: `go`, `java` or `inspector`.
///
/// # Errors
///
/// If it is not there, with the command that builds it.
pub fn built(name: &str) -> Result<PathBuf, String> {
    let found = Command::new(directory().join("install"))
        .args(["--find", name])
        .output();
    match found {
        Ok(output) if output.status.success() => {
            let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            Ok(folder.into())
        }
        _ => Err(format!("not installed; run `tests/interop/install {name}`")),
    }
}

/// Installs the packages of programs for Node.
///
/// # Errors
///
/// What npm said.
pub fn node() -> Result<(), String> {
    run(Command::new("npm").args(["ci", "--silent", "--ignore-scripts"]))
}

/// Returns the interpreter of an environment in `folder` that has the packages of programs for Python.
///
/// # Errors
///
/// What Python or pip said.
pub fn python(folder: &Path) -> Result<PathBuf, String> {
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

impl Program {
    /// A program of its own, with the arguments that come before the task.
    #[must_use]
    pub fn new(file: PathBuf, arguments: Vec<OsString>) -> Self {
        Self { file, arguments }
    }

    /// A script of this package, by its path, and what runs it.
    #[must_use]
    pub fn script(interpreter: PathBuf, script: &str) -> Self {
        Self::new(interpreter, vec![script.into()])
    }

    /// Has the program do its task.
    ///
    /// # Errors
    ///
    /// What the program printed, if it did not get to its end.
    pub async fn steps(self, task: Value) -> Result<Steps, String> {
        let run = tokio::task::spawn_blocking(move || self.run(&task));
        run.await.map_err(|error| error.to_string())?
    }

    fn run(&self, task: &Value) -> Result<Steps, String> {
        let output = Command::new(&self.file)
            .args(&self.arguments)
            .arg(task.to_string())
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
