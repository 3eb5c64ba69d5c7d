//! What every client did.

use std::process::Command;
use std::time::Instant;

use scopes_interop::clients::Client;
use scopes_interop::outcome::judged;
use scopes_interop::programs::Steps;
use scopes_interop::task::{FirstGrant, Task};
use serde_json::Value;

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
        /// The user grants a part at first, so that there is a 403.
        steps_up: bool,
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
    /// The reason lies with the client.
    EndsEarly(&'static str),
    Failed(String),
}

/// A client that ends early at an authorization server, where it registers itself or is registered.
struct EndsEarly {
    server: &'static str,
    registers: bool,
    client: &'static str,
    /// What the client then says.
    said: &'static str,
    reason: &'static str,
}

/// The clients that end early. One of these that is complete is a problem too.
const END_EARLY: [EndsEarly; 3] = [
    EndsEarly {
        server: "Keycloak",
        registers: false,
        client: "TypeScript 1.x",
        said: "after trying upscoping",
        reason: REFRESHES,
    },
    EndsEarly {
        server: "Keycloak",
        registers: true,
        client: "mcp-go",
        said: "Unrecognized field \"resource\"",
        reason: "mcp-go sends a member `resource` when it registers. Keycloak refuses members that it does not \
                 know.",
    },
    EndsEarly {
        server: "Ory Hydra",
        registers: true,
        client: "Go SDK",
        said: "declined invalid_scope",
        reason: "The Go SDK registers with members that the application sets in advance, which do not have the \
                 scopes of the server. A client of Hydra may ask for the scopes that it has registered for.",
    },
];

const REFRESHES: &str = "The authorization server issues a refresh token even if the client does not register \
    for one. TypeScript 1.x answers a 403 by refreshing, which adds no scope, and does not ask the user.";

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
            let outcome = match (judged(steps, task, true), known) {
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
        let cells = Cells::Run {
            registers,
            steps_up: task.grant != FirstGrant::Everything,
            runs,
        };
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
    let mut end = "";
    for line in printed.lines().map(str::trim) {
        if let Ok(Value::Object(step)) = serde_json::from_str(line) {
            said.push(step_in_words(
                step["step"].as_str().unwrap_or_default(),
                &step["said"],
            ));
        } else if !line.starts_with("at ") && (line.contains("rror") || line.contains("xception")) {
            end = line;
        } else if end.is_empty() {
            end = line;
        }
    }
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
