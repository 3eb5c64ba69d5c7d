//! Reasons for which the command prints nothing.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::registry::Registry;
use crate::scope::ParseScopeError;

/// The exit code for everything that cannot be read, written, found or understood.
pub(super) const UNREADABLE: u8 = 3;

/// Returned when there is nothing to print.
#[derive(Debug)]
pub(super) enum Failure {
    /// A file cannot be read or written.
    File(PathBuf, Box<dyn Error>),
    Output(io::Error),
    Json(serde_json::Error),
    /// The program cannot build its resource.
    Resource(Box<dyn Error>),
    /// The program does not say how it verifies tokens.
    #[cfg(feature = "jwt")]
    NoVerifier,
    /// The token itself stands where its file should.
    #[cfg(feature = "jwt")]
    TokenOnCommandLine,
    /// The file of `--token` cannot be read, or is empty.
    #[cfg(feature = "jwt")]
    TokenFile(PathBuf, Option<io::Error>),
    /// The program cannot explain a token.
    #[cfg(feature = "jwt")]
    Explanation(Box<dyn Error>),
    /// The server of `doctor` cannot be examined.
    #[cfg(feature = "doctor")]
    Doctor(Box<dyn Error + Send + Sync>),
    /// No API key can be made.
    #[cfg(feature = "api-keys")]
    Key(Box<dyn Error>),
    /// The value of `--scope`, and what is wrong with it.
    Scope(String, ParseScopeError),
    /// A value of `--arg` without `=`.
    Argument(String),
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
                .write_str("this program does not say how it verifies tokens: it takes `run_with`"),
            #[cfg(feature = "jwt")]
            Self::TokenOnCommandLine => formatter.write_str(
                "`--token` takes a file or `-`, not the token: history and process lists show the \
                 arguments of a program",
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
            Self::Scope(scopes, error) => write!(formatter, "--scope {scopes:?}: {error}"),
            Self::Argument(text) => {
                write!(formatter, "--arg {text:?}: write `--arg name=value`")
            }
            Self::UnknownServer { server, known } => write!(
                formatter,
                "no operation is served by {server:?}; there are: {}",
                quoted(known)
            ),
            Self::UnknownPackage { package, known } => write!(
                formatter,
                "package {package:?} has no operation in this program; there are: {}",
                quoted(known)
            ),
            Self::UnknownOperation { name, suggestion } => {
                write!(formatter, "no operation is called {name:?}; ")?;
                match suggestion {
                    Some(near) => write!(formatter, "did you mean {near:?}?"),
                    None => formatter.write_str("`report` lists them"),
                }
            }
        }
    }
}

fn quoted(names: &[String]) -> String {
    let names = names.iter().map(|name| format!("{name:?}"));
    names.collect::<Vec<_>>().join(", ")
}
