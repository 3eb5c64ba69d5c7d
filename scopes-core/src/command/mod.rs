//! `scopes` as a subcommand of any program (feature `command`).
//!
//! A program that uses clap mounts it in one line, and gets the report, explanations, the diff and
//! the metadata of its own annotations. No server is started, and no port is opened. With the feature
//! `doctor`, it also examines a running server.
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use clap::Parser;
//! use scopes_core::Registry;
//! use scopes_core::command::{self, Scopes};
//!
//! #[derive(Parser)]
//! enum Journal {
//!     /// Start the server.
//!     Serve,
//!     Scopes(Scopes),
//! }
//!
//! fn main() -> ExitCode {
//!     match command::parse_from(std::env::args_os()) {
//!         Journal::Serve => ExitCode::SUCCESS,
//!         Journal::Scopes(scopes) => scopes.run(&Registry::of_program()),
//!     }
//! }
//! ```
//!
//! A program without clap passes its arguments:
//! `command::parse_from::<Scopes>(std::env::args_os().skip(1))`.
//!
//! | | output | exit code |
//! |---|---|---|
//! | `report` | operations and what each requires: as a table, Markdown, JSON, CSV, lock file, HTML | 0 |
//! | `explain` | the decision on an operation for given scopes, or for the token in a file, with the reason and the scopes to request | 0 allowed, 1 denied, or the token is rejected |
//! | `diff` | changes between two reports or lock files, or one and this program | 0 none, 1 some, 2 a caller is allowed more |
//! | `metadata` | the RFC 9728 document | 0 |
//! | `doctor` | problems of a running server, as clients see them, and what to do | 0 none, 1 some |
//! | `key new` | a new API key and its entry, with the feature `api-keys` | 0 |
//!
//! `explain` alone decides on a call, so it alone takes arguments of one: `--arg notebook=7`. A report lists
//! every case.
//!
//! All of them exit with 3 if something cannot be read, written or found. Invalid arguments exit
//! with 3 as well in a program that parses its arguments with [`parse_from`] or calls
//! [`usage_exit_code`]. With clap's `parse`, they exit with clap's 2, which `diff` uses for a
//! caller who is allowed more.

mod diff;
#[cfg(feature = "doctor")]
mod doctor;
mod explain;
mod failure;
#[cfg(feature = "api-keys")]
mod key;
mod output;
mod report;
#[cfg(feature = "jwt")]
mod token;
mod usage;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use usage::{parse_from, usage_exit_code};

use self::failure::{Failure, UNREADABLE, check_server};
use crate::registry::Registry;
use crate::report::safe_text;
use crate::resource::ResourceServer;
#[cfg(feature = "jwt")]
use crate::token::TokenExplanation;

/// Report, explain and compare the scopes that operations require.
///
/// ```
/// use clap::Parser;
/// use scopes_core::command::Scopes;
///
/// #[derive(Parser)]
/// enum Journal {
///     Scopes(Scopes),
/// }
///
/// let Journal::Scopes(command) = Journal::parse_from(["journal", "scopes", "report"]);
/// # let _ = command;
/// ```
#[derive(Clone, Debug, Parser)]
#[command(
    name = "scopes",
    about = "Report, explain and compare the scopes that operations require",
    long_about = None,
    arg_required_else_help = false,
    after_help = EXIT_CODES
)]
#[group(id = usage::MARK)]
pub struct Scopes {
    #[command(subcommand)]
    action: Action,
    #[arg(skip)]
    program: Option<(String, String)>,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  an answer is printed
  1  an answer is printed: denied, changed, or a problem
  2  an answer is printed: a caller is allowed more than before
  3  no answer: an argument is invalid, or something cannot be read, written or found
Each subcommand lists its own with --help.";

const METADATA_EXIT_CODES: &str = "\
Exit codes:
  0  the metadata is printed
  3  no answer: an argument is invalid, the server is unknown, or the program
     does not pass its resource";

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Print every operation with the scopes that it requires.
    #[command(after_help = report::EXIT_CODES)]
    Report(report::Arguments),
    /// Decide whether a call is allowed with given scopes, and print the reason.
    #[command(after_help = explain::EXIT_CODES)]
    Explain(explain::Arguments),
    /// Compare two reports, or a report with this program.
    #[command(after_help = diff::EXIT_CODES)]
    Diff(diff::Arguments),
    /// Print the metadata of the protected resource.
    #[command(after_help = METADATA_EXIT_CODES)]
    Metadata(Metadata),
    /// Examine a running server as a client would, and print what to change.
    #[cfg(feature = "doctor")]
    #[command(after_help = doctor::EXIT_CODES)]
    Doctor(doctor::Arguments),
    /// Make an API key.
    #[cfg(feature = "api-keys")]
    #[command(after_help = key::EXIT_CODES)]
    Key(key::Arguments),
}

#[derive(Clone, Debug, clap::Args)]
struct Metadata {
    /// Name of the server; the default is the unnamed server.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    server: String,
}

impl Scopes {
    /// Sets the name and version of the program, for the report:
    /// `scopes.program("Journal", env!("CARGO_PKG_VERSION"))`.
    #[must_use]
    pub fn program(mut self, name: impl Into<String>, version: impl Into<String>) -> Self {
        self.program = Some((name.into(), version.into()));
        self
    }

    /// Runs the subcommand with the operations in `registry`. `metadata` fails, because there is no
    /// resource; see [`run_for`](Self::run_for).
    #[must_use = "the exit code is the answer"]
    pub fn run(self, registry: &Registry) -> ExitCode {
        self.run_for(registry, |_| {
            Err("this program does not pass its resource; its author calls `Scopes::run_for` for that")
        })
    }

    /// Runs the subcommand. Calls `resource`, with the name of the server, only if the subcommand
    /// needs the resource.
    #[must_use = "the exit code is the answer"]
    pub fn run_for<E: Into<Box<dyn Error>>>(
        self,
        registry: &Registry,
        resource: impl FnOnce(&str) -> Result<ResourceServer, E>,
    ) -> ExitCode {
        let code = match self.action {
            Action::Report(arguments) => report::run(registry, &arguments, self.program),
            #[cfg(feature = "jwt")]
            Action::Explain(arguments) if arguments.token.token.is_some() => {
                Err(Failure::NoVerifier)
            }
            Action::Explain(arguments) => explain::run(registry, &arguments),
            Action::Diff(arguments) => diff::run(registry, &arguments),
            Action::Metadata(Metadata { server }) => metadata(registry, &server, resource),
            #[cfg(feature = "doctor")]
            Action::Doctor(arguments) => doctor::run(arguments),
            #[cfg(feature = "api-keys")]
            Action::Key(arguments) => key::run(&arguments),
        };
        exit_code(code)
    }

    /// Runs the subcommand as [`run_for`](Self::run_for) does, and calls `explain` for the token of
    /// `explain --token`, with the verifier of the program.
    ///
    /// `explain` gets the resource, whose authorization server is that of `--issuer` if it is given, and
    /// the token:
    ///
    /// ```no_run
    /// # use scopes_core::resource::{BuildResourceServerError, ResourceServer};
    /// # fn resource(_server: &str) -> Result<ResourceServer, BuildResourceServerError> {
    /// #     let server = ResourceServer::builder("https://mcp.example.com/mcp");
    /// #     server.authorization_server("https://auth.example.com").build()
    /// # }
    /// # async fn example(scopes: scopes_core::command::Scopes, fetch: impl scopes_core::fetch::Fetch) -> std::process::ExitCode {
    /// use scopes_core::Registry;
    /// use scopes_core::jwt::{BuildJwtVerifierError, JwtVerifier, Profile};
    ///
    /// scopes
    ///     .run_with(&Registry::of_program(), resource, async |server, token| {
    ///         let settings = JwtVerifier::for_server(&server, &Profile::keycloak());
    ///         let verifier = settings.discover_lazily(fetch)?;
    ///         Ok::<_, BuildJwtVerifierError>(verifier.explain(&token).await)
    ///     })
    ///     .await
    /// # }
    /// ```
    #[cfg(feature = "jwt")]
    #[must_use = "the exit code is the answer"]
    pub async fn run_with<R: Into<Box<dyn Error>>, E: Into<Box<dyn Error>>>(
        self,
        registry: &Registry,
        resource: impl FnOnce(&str) -> Result<ResourceServer, R>,
        explain: impl AsyncFnOnce(ResourceServer, String) -> Result<TokenExplanation, E>,
    ) -> ExitCode {
        match &self.action {
            Action::Explain(arguments) if arguments.token.token.is_some() => {
                exit_code(explained(registry, arguments, resource, explain).await)
            }
            _ => self.run_for(registry, resource),
        }
    }
}

#[cfg(feature = "jwt")]
async fn explained<R: Into<Box<dyn Error>>, E: Into<Box<dyn Error>>>(
    registry: &Registry,
    arguments: &explain::Arguments,
    resource: impl FnOnce(&str) -> Result<ResourceServer, R>,
    explain: impl AsyncFnOnce(ResourceServer, String) -> Result<TokenExplanation, E>,
) -> Result<u8, Failure> {
    let file = arguments.token.token.as_deref().unwrap_or("-".as_ref());
    let token = token::read(file)?;
    let server = resource(arguments.server.as_deref().unwrap_or_default());
    let server = server.map_err(|error| Failure::Resource(error.into()))?;
    let server = arguments.token.authorization_server(server);
    let explanation = explain(server, token).await;
    let explanation = explanation.map_err(|error| Failure::Explanation(error.into()))?;
    token::print(registry, arguments, &explanation)
}

fn exit_code(code: Result<u8, Failure>) -> ExitCode {
    match code {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            output::error(&failure.to_string());
            ExitCode::from(UNREADABLE)
        }
    }
}

fn metadata<E: Into<Box<dyn Error>>>(
    registry: &Registry,
    server: &str,
    resource: impl FnOnce(&str) -> Result<ResourceServer, E>,
) -> Result<u8, Failure> {
    // The unnamed one may have no operation of its own.
    if !server.is_empty() {
        check_server(registry, server)?;
    }
    let resource = resource(server).map_err(|error| Failure::Resource(error.into()))?;
    let document = serde_json::to_string_pretty(resource.metadata())?;
    output::print(&(safe_text::json(&document) + "\n"))?;
    Ok(0)
}
