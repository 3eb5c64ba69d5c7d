//! What every client did.

use std::process::Command;
use std::time::Instant;

use scopes_interop::clients::Client;
use scopes_interop::outcome::judged;
use scopes_interop::programs::Steps;
use scopes_interop::task::{FirstGrant, Task};
use serde_json::Value;

use super::reasons::END_EARLY;

/// How the MCP server verifies tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tokens {
    BySignature,
    ByIntrospection,
}

/// What an authorization server and the clients did with one kind of tokens.
pub(crate) struct Row {
    pub(crate) server: &'static str,
    pub(crate) tokens: Tokens,
    pub(crate) cells: Cells,
}

pub(crate) enum Cells {
    /// What the server lacks, so that nothing can be run.
    Lacks(&'static str),
    Run {
        /// Clients register themselves.
        registers: bool,
        runs: Vec<Run>,
    },
}

/// What a client did, when, and for how long.
pub(crate) struct Run {
    pub(crate) client: &'static str,
    pub(crate) at: String,
    pub(crate) seconds: f64,
    pub(crate) outcome: Outcome,
    pub(crate) said: String,
}

pub(crate) enum Outcome {
    Complete,
    /// The first token has every scope, so that there is no 403.
    CompleteAtOnce,
    /// The reason lies with the client.
    EndsEarly(&'static str),
    Failed(String),
}

pub(crate) struct Results {
    clients: Vec<Client>,
    browser: String,
    pub(crate) rows: Vec<Row>,
}

impl Results {
    pub(crate) fn new(clients: Vec<Client>, browser: String) -> Self {
        Self {
            clients,
            browser,
            rows: Vec::new(),
        }
    }

    /// Has every client do its task.
    pub(crate) async fn run(&mut self, server: &'static str, tokens: Tokens, task: &Task) {
        let registers = task.client_id.is_none();
        let mut runs = Vec::new();
        for client in &self.clients {
            let (at, begin) = (now(), Instant::now());
            let steps = client.steps(task, &self.browser, true).await;
            let seconds = begin.elapsed().as_secs_f64();
            let said = said(&steps);
            let known = END_EARLY.iter().find(|known| {
                let place = (known.server, known.registers, known.client);
                place == (server, registers, client.name)
            });
            let at_once = Task {
                grant: FirstGrant::Everything,
                ..task.clone()
            };
            // The Inspector asks for everything at first, whatever the 401 names.
            let is_at_once = task.grant == FirstGrant::Everything
                || client.name == "Inspector" && judged(steps.clone(), &at_once, true).is_ok();
            let task = if is_at_once { &at_once } else { task };
            let outcome = match (judged(steps, task, true), known) {
                (Ok(_), None) if is_at_once => Outcome::CompleteAtOnce,
                (Ok(_), None) => Outcome::Complete,
                (Err(_), Some(known)) if said.contains(known.said) => {
                    Outcome::EndsEarly(known.reason)
                }
                (Ok(_), Some(_)) => Outcome::Failed("it is complete now".to_owned()),
                (Err(problem), _) => Outcome::Failed(problem),
            };
            println!(
                "{server}, {tokens:?}, {}: {seconds:.1} s, {said}",
                client.name
            );
            runs.push(Run {
                client: client.name,
                at,
                seconds,
                outcome,
                said,
            });
        }
        let cells = Cells::Run { registers, runs };
        self.rows.push(Row {
            server,
            tokens,
            cells,
        });
    }

    /// Says why nothing can be run.
    pub(crate) fn lacks(&mut self, server: &'static str, tokens: Tokens, what: &'static str) {
        self.rows.push(Row {
            server,
            tokens,
            cells: Cells::Lacks(what),
        });
    }

    /// Returns what is neither complete nor has a known reason.
    pub(crate) fn problems(&self) -> impl Iterator<Item = String> {
        let runs = self.rows.iter().flat_map(|row| {
            let runs: &[Run] = match &row.cells {
                Cells::Lacks(_) => &[],
                Cells::Run { runs, .. } => runs,
            };
            runs.iter().map(move |run| (row, run))
        });
        runs.filter_map(|(row, run)| match &run.outcome {
            Outcome::Failed(problem) => Some(format!(
                "{}, {:?}, {}: FAILED: {problem}",
                row.server, row.tokens, run.client
            )),
            _ => None,
        })
    }
}

/// The steps in one line, and the error that ended them.
fn said(steps: &Result<Steps, String>) -> String {
    let printed = match steps {
        Ok(steps) => {
            let steps = steps.iter().map(|(step, said)| step_in_words(step, said));
            return steps.collect::<Vec<_>>().join("; ");
        }
        Err(printed) => printed,
    };
    let mut said = Vec::new();
    let (mut error, mut last) = (None, "");
    for line in printed.lines().map(str::trim) {
        let value: Value = serde_json::from_str(line).unwrap_or_default();
        if let Some(step) = value["step"].as_str() {
            said.push(step_in_words(step, &value["said"]));
            continue;
        }
        if ["Error: ", "Exception: "]
            .iter()
            .any(|name| line.contains(name))
        {
            error = Some(line);
        }
        if !line.is_empty() {
            last = line;
        }
    }
    let end = error.unwrap_or(last);
    said.push(format!(
        "ends: {}",
        end.chars().take(200).collect::<String>()
    ));
    said.join("; ")
}

fn step_in_words(step: &str, said: &Value) -> String {
    match said {
        Value::String(text) => format!("{step} {text}"),
        said => format!("{step} {said}"),
    }
}

fn now() -> String {
    let output = Command::new("date").args(["-u", "+%FT%TZ"]).output();
    let output = output.expect("date starts").stdout;
    String::from_utf8_lossy(&output).trim().to_owned()
}
