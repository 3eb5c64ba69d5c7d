//! `scopes` as a subcommand of any program (feature `command`).
//!
//! A program that uses clap mounts it in one line, and gets the report, explanations, the diff and
//! the metadata of what it is itself annotated with. No server is started, and no port opened.
//!
//! ```
//! use std::process::ExitCode;
//!
//! use clap::Parser;
//! use scopes_core::command::Scopes;
//!
//! #[derive(Parser)]
//! enum Journal {
//!     /// Start the server.
//!     Serve,
//!     Scopes(Scopes),
//! }
//!
//! fn run(journal: Journal) -> ExitCode {
//!     match journal {
//!         Journal::Serve => ExitCode::SUCCESS,
//!         Journal::Scopes(scopes) => scopes.run(),
//!     }
//! }
//! # let journal = Journal::parse_from(["journal", "scopes", "report", "--format", "json"]);
//! # assert_eq!(run(journal), ExitCode::SUCCESS);
//! ```
//!
//! One that does not can hand its arguments over: `Scopes::parse_from(std::env::args().skip(1))`, with
//! `clap::Parser` in scope.
//!
//! | | what it prints | exit code |
//! |---|---|---|
//! | `report` | who may do what: as a table, Markdown, JSON, CSV, lock file, HTML | 0 |
//! | `explain` | whether scopes are enough for an operation, why, and what to ask for | 0 allowed, 1 denied |
//! | `diff` | what has changed between two reports, or lock files, or one and this program | 0 nothing, 1 something, 2 somebody may do more |
//! | `metadata` | the RFC 9728 document | 0 |
//!
//! All of them end with 3 where something cannot be read, written or found. Arguments that are none
//! end with clap's own 2.

mod diff;
mod explain;
mod output;
mod report;

use std::fmt;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::report::safe_text;
use crate::resource::ResourceServer;

/// See who may do what.
#[derive(Clone, Debug, Parser)]
#[command(name = "scopes")]
pub struct Scopes {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Print which operations there are, and what each requires.
    Report(report::Arguments),
    /// Say whether scopes are enough for an operation, why, and what to ask for.
    Explain(explain::Arguments),
    /// Say what has changed between two reports.
    Diff(diff::Arguments),
    /// Print the metadata of the protected resource.
    Metadata(Metadata),
}

#[derive(Clone, Debug, clap::Args)]
struct Metadata {
    /// Of which server; without it, of the unnamed one.
    #[arg(long, default_value = "")]
    server: String,
}

/// Why there is nothing to print.
struct Failure(String);

impl<E: fmt::Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Something cannot be read, written or found.
const UNREADABLE: u8 = 3;

impl Scopes {
    /// Does what was asked for. There is no resource whose metadata could be printed; see
    /// [`run_for`](Self::run_for).
    #[must_use = "the exit code is the answer"]
    pub fn run(self) -> ExitCode {
        self.run_for(|_| {
            Err("this program does not say which resource it serves: it takes `run_for`")
        })
    }

    /// Does what was asked for, and builds the resource of the server of this name only if its
    /// metadata was.
    #[must_use = "the exit code is the answer"]
    pub fn run_for<E: fmt::Display>(
        self,
        resource: impl FnOnce(&str) -> Result<ResourceServer, E>,
    ) -> ExitCode {
        let code = match self.action {
            Action::Report(arguments) => report::run(&arguments),
            Action::Explain(arguments) => explain::run(&arguments),
            Action::Diff(arguments) => diff::run(&arguments),
            Action::Metadata(Metadata { server }) => resource(&server)
                .map_err(Failure::from)
                .and_then(|resource| metadata(&resource)),
        };
        match code {
            Ok(code) => ExitCode::from(code),
            Err(Failure(problem)) => {
                output::complain(&problem);
                ExitCode::from(UNREADABLE)
            }
        }
    }
}

fn metadata(resource: &ResourceServer) -> Result<u8, Failure> {
    let document = serde_json::to_string_pretty(resource.metadata())?;
    output::print(&(safe_text::json(&document) + "\n"))?;
    Ok(0)
}
