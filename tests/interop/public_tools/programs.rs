//! The clients in a process of their own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use super::Steps;
use scopes_interop::browser::REDIRECT_URI;

/// A program that is given its task as JSON in its one argument, and prints its steps.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    interpreter: PathBuf,
    script: &'static str,
    version: u32,
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The programs that can run here, and why others cannot.
pub(crate) fn installed() -> (Vec<Program>, Vec<String>) {
    let (mut programs, mut missing) = (Vec::new(), Vec::new());
    match run(Command::new("npm").args(["ci", "--silent", "--ignore-scripts"])) {
        Ok(()) => {
            for (name, version) in [("TypeScript 2.x", 2), ("TypeScript 1.x", 1)] {
                programs.push(Program {
                    name,
                    interpreter: "node".into(),
                    script: "public_tools/client.mjs",
                    version,
                });
            }
        }
        Err(problem) => missing.push(format!("TypeScript: {problem}")),
    }
    match python() {
        Ok(interpreter) => programs.push(Program {
            name: "Python 2.x",
            interpreter,
            script: "public_tools/client.py",
            version: 2,
        }),
        Err(problem) => missing.push(format!("Python: {problem}")),
    }
    (programs, missing)
}

/// The interpreter of an environment that has what is required.
fn python() -> Result<PathBuf, String> {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
    let program = environment.join("bin/python");
    if !program.exists() {
        run(Command::new("python3")
            .args(["-m", "venv"])
            .arg(&environment))?;
    }
    run(Command::new(&program)
        .args(["-m", "pip", "install", "--quiet"])
        .args(["--disable-pip-version-check", "-r", "requirements.txt"]))?;
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
    pub(crate) async fn steps(self, url: &str, browser: &str) -> Result<Steps, String> {
        let task = json!({
            "browser": browser,
            "redirect_uri": REDIRECT_URI,
            "url": url,
            "version": self.version,
        });
        let run = tokio::task::spawn_blocking(move || self.run(&task));
        run.await.map_err(|error| error.to_string())?
    }

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
