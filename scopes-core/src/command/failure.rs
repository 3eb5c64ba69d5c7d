//! Failures of the command.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::registry::Registry;

/// The exit code of an invocation without an answer.
pub(super) const UNREADABLE: u8 = 3;

/// Returned when there is no answer to print.
#[derive(Debug)]
pub(super) enum Failure {
    /// A file cannot be read or written.
    File(PathBuf, Box<dyn Error>),
    Output(io::Error),
    Json(serde_json::Error),
    /// The resource cannot be built.
    Resource(Box<dyn Error>),
    /// The program does not pass a verifier.
    #[cfg(feature = "jwt")]
    NoVerifier,
    /// `--token` has the token itself as its value.
    #[cfg(feature = "jwt")]
    TokenOnCommandLine,
    /// The file of `--token` cannot be read, or is empty.
    #[cfg(feature = "jwt")]
    TokenFile(PathBuf, Option<io::Error>),
    /// The verifier cannot be built.
    #[cfg(feature = "jwt")]
    Explanation(Box<dyn Error>),
    /// The server of `doctor` cannot be examined.
    #[cfg(feature = "doctor")]
    Doctor(Box<dyn Error + Send + Sync>),
    /// No API key can be made.
    #[cfg(feature = "api-keys")]
    Key(Box<dyn Error>),
    UnknownServer {
        server: String,
        known: Vec<String>,
    },
    UnknownPackage {
        package: String,
        known: Vec<String>,
    },
    UnknownOperation {
        name: String,
        suggestion: Option<String>,
    },
}

impl Failure {
    /// For [`Result::map_err`] of what is done to the file.
    pub(super) fn of_file<E: Error + 'static>(path: &Path) -> impl Fn(E) -> Self {
        |error| Self::File(path.to_owned(), error.into())
    }
}

/// Fails unless `server` serves an operation.
pub(super) fn check_server(registry: &Registry, server: &str) -> Result<(), Failure> {
    if registry.servers().any(|known| known == server) {
        return Ok(());
    }
    Err(Failure::UnknownServer {
        server: server.to_owned(),
        known: registry.servers().map(Into::into).collect(),
    })
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, error) => write!(formatter, "{}: {error}", path.display()),
            Self::Output(error) => error.fmt(formatter),
            Self::Json(error) => error.fmt(formatter),
            Self::Resource(error) => error.fmt(formatter),
            #[cfg(feature = "jwt")]
            Self::NoVerifier => formatter
                .write_str("this program cannot verify tokens; its author calls `Scopes::run_with` for that"),
            #[cfg(feature = "jwt")]
            Self::TokenOnCommandLine => formatter.write_str(
                "`--token` takes a file or `-`, not the token itself: the arguments of a program are \
                 visible in the shell's history and in process lists",
            ),
            #[cfg(feature = "jwt")]
            Self::TokenFile(file, Some(error)) => {
                write!(formatter, "--token {}: {error}", file.display())
            }
            #[cfg(feature = "jwt")]
            Self::TokenFile(file, None) => {
                write!(formatter, "--token {}: is empty", file.display())
            }
            #[cfg(feature = "jwt")]
            Self::Explanation(error) => error.fmt(formatter),
            #[cfg(feature = "doctor")]
            Self::Doctor(error) => error.fmt(formatter),
            #[cfg(feature = "api-keys")]
            Self::Key(error) => error.fmt(formatter),
            Self::UnknownServer { server, known } => write!(
                formatter,
                "unknown server {server:?}; the servers are: {}{HINT}",
                quoted(known)
            ),
            Self::UnknownPackage { package, known } => write!(
                formatter,
                "package {package:?} has no operation in this program; those that have are: {}{HINT}",
                quoted(known)
            ),
            Self::UnknownOperation { name, suggestion } => {
                write!(formatter, "unknown operation {name:?}; ")?;
                match suggestion {
                    Some(near) => write!(formatter, "did you mean {near:?}?{HINT}"),
                    None => write!(formatter, "`report` lists the operations{HINT}"),
                }
            }
        }
    }
}

/// The end of messages about invalid arguments, as clap has it.
const HINT: &str = "\n\nFor more information, try '--help'.";

fn quoted(names: &[String]) -> String {
    let names = names.iter().map(|name| format!("{name:?}"));
    names.collect::<Vec<_>>().join(", ")
}
