//! Mistakes in a report that is read from a file.

use std::fmt;

/// The value of `schema` in a report.
pub(super) const SCHEMA: &str = "scopes-report";
/// The value of `version` in a report.
pub(super) const VERSION: u32 = 1;

/// A mistake, but for its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ReportProblem {
    OtherSchema(String),
    OtherVersion(u32),
    /// A label that two scopes have.
    DuplicateScope(String),
    /// A label that no scope has.
    UndeclaredScope(String),
    /// A name whose placeholders are not whole segments.
    MalformedTemplate(String),
    /// A word for lists that are shown without a token.
    UnknownLists(String),
}

impl fmt::Display for ReportProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherSchema(schema) => write!(formatter, "schema is {schema:?}, not {SCHEMA:?}"),
            Self::OtherVersion(version) => {
                write!(formatter, "version {version}; this program reads {VERSION}")
            }
            Self::DuplicateScope(label) => write!(formatter, "scope {label:?} is declared twice"),
            Self::UndeclaredScope(label) => {
                write!(formatter, "no scope {label:?} is declared here")
            }
            Self::UnknownLists(word) => {
                write!(
                    formatter,
                    "lists {word:?} are neither \"public\" nor \"whole\""
                )
            }
            Self::MalformedTemplate(name) => write!(
                formatter,
                "scope {name:?}: a placeholder is a whole segment, between `:`, `/` and the ends, and appears once"
            ),
        }
    }
}
