//! The errors of requests, and of the database.

use std::fmt;
use std::path::{Path, PathBuf};

/// Returned when an operation on a journal fails.
#[derive(Debug)]
#[non_exhaustive]
pub enum UseJournalError {
    /// There is no such entry, notebook or tag, or it is another user's; the caller does not learn
    /// which.
    NotFound {
        /// `entry`, `notebook` or `tag`.
        what: &'static str,
        /// Its number.
        id: i64,
    },
    /// An input is invalid.
    InvalidInput {
        /// The name of the input.
        input: &'static str,
        /// The problem with it, and the values that are valid.
        problem: String,
    },
    /// The token does not say whose journal it is.
    UnknownUser,
    /// The database does not answer.
    Unavailable(Box<dyn std::error::Error + Send + Sync>),
}

impl UseJournalError {
    pub(super) const fn no_entry(id: i64) -> Self {
        Self::NotFound { what: "entry", id }
    }

    pub(super) const fn no_notebook(id: i64) -> Self {
        let what = "notebook";
        Self::NotFound { what, id }
    }

    pub(super) const fn no_tag(id: i64) -> Self {
        Self::NotFound { what: "tag", id }
    }

    pub(super) fn invalid(input: &'static str, problem: impl Into<String>) -> Self {
        Self::InvalidInput {
            input,
            problem: problem.into(),
        }
    }
}

impl From<rusqlite::Error> for UseJournalError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Unavailable(error.into())
    }
}

impl fmt::Display for UseJournalError {
    /// Shows the caller nothing about the database.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { what, id } => write!(formatter, "There is no {what} {id}."),
            Self::InvalidInput { input, problem } => write!(formatter, "`{input}` {problem}."),
            Self::UnknownUser => {
                formatter.write_str("The access token does not say whose journal it opens.")
            }
            Self::Unavailable(_) => formatter.write_str("The journal cannot be reached now."),
        }
    }
}

impl std::error::Error for UseJournalError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unavailable(error) => Some(&**error),
            Self::NotFound { .. } | Self::InvalidInput { .. } | Self::UnknownUser => None,
        }
    }
}

/// Returned when the database cannot be opened.
#[derive(Debug)]
pub struct OpenJournalError {
    file: Option<PathBuf>,
    error: rusqlite::Error,
}

impl OpenJournalError {
    pub(super) fn new(file: Option<&Path>, error: rusqlite::Error) -> Self {
        Self {
            file: file.map(Path::to_owned),
            error,
        }
    }
}

impl fmt::Display for OpenJournalError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, error } = self;
        match file {
            Some(file) => {
                let file = file.display();
                write!(formatter, "the database {file} cannot be opened: {error}")
            }
            None => write!(formatter, "there is no room for a database: {error}"),
        }
    }
}

impl std::error::Error for OpenJournalError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}
