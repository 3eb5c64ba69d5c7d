//! Mistakes in the text of a lock file.

use std::fmt;

use crate::registry::OperationKind;
use crate::report::problem::ReportProblem;
use crate::scope::ParseScopeError;

/// The first line of a lock file.
pub(super) const HEADER: &str = "scopes.lock 1";

/// The number of groups that may be nested.
pub(super) const MAX_DEPTH: usize = 128;

/// A mistake, but for its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LockProblem {
    /// The first line is not [`HEADER`].
    Header,
    OtherVersion(String),
    Conflict,
    Expected(Expected, Next),
    UnterminatedText,
    /// The line begins with a word that begins no line.
    UnknownLine(String),
    UnknownFlag(String),
    /// A word other than `at` and `args` after the name of an operation.
    NotAt(String),
    ScopeOutsideCatalog,
    OperationOutsideServer,
    ScopeName(ParseScopeError),
    /// A scope, and the line in which it stands first.
    RepeatedScope(String, usize),
    TooDeep,
    /// A mistake that the other formats of reports can have, too.
    Report(ReportProblem),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Mark(&'static str),
    Argument,
    /// A value between quotes, or `_`.
    Value,
    Word,
    Text,
    Group,
    /// The lists that callers without a token are shown.
    Lists,
    End,
}

/// The beginning of the rest of a line; `None` at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Next(pub(super) Option<String>);

impl fmt::Display for LockProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => write!(formatter, "expected `{HEADER}`"),
            Self::OtherVersion(version) => write!(
                formatter,
                "the format has version {version:?}, and this program reads `{HEADER}`"
            ),
            Self::Conflict => formatter.write_str("a merge conflict is not resolved; resolve it"),
            Self::Expected(expected, next) => write!(formatter, "expected {expected} {next}"),
            Self::UnterminatedText => formatter
                .write_str("a quoted text is not closed, or has an escape that is not JSON"),
            Self::UnknownLine(word) => {
                let kinds = OperationKind::ALL.map(OperationKind::as_str).join(", ");
                write!(
                    formatter,
                    "`{word}` is none of packages, anonymous, catalog, undeclared, scope, server, {kinds}"
                )
            }
            Self::UnknownFlag(word) => {
                write!(
                    formatter,
                    "`{word}` is none of implies, baseline, hidden, requestable"
                )
            }
            Self::NotAt(word) => {
                write!(formatter, "expected `at`, `args` or `:`, not `{word}`")
            }
            Self::ScopeOutsideCatalog => {
                formatter.write_str("a scope belongs below its catalog, or below `undeclared`")
            }
            Self::OperationOutsideServer => {
                formatter.write_str("an operation belongs below its server")
            }
            Self::ScopeName(error) => error.fmt(formatter),
            Self::RepeatedScope(name, line) => {
                write!(formatter, "scope {name:?} is already in line {line}")
            }
            Self::TooDeep => write!(formatter, "groups are nested more than {MAX_DEPTH} deep"),
            Self::Report(problem) => problem.fmt(formatter),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mark(mark) => write!(formatter, "`{mark}`"),
            Self::Word => formatter.write_str("a word"),
            Self::Text => formatter.write_str("a text in quotes"),
            Self::Argument => formatter.write_str("the name of an argument"),
            Self::Value => formatter.write_str("a value in quotes, or `_`"),
            Self::Group => {
                formatter.write_str("a scope in quotes, `any(..)`, `all(..)` or `match(..)`")
            }
            Self::Lists => formatter.write_str("`public lists` or `whole lists`"),
            Self::End => formatter.write_str("the end of the line"),
        }
    }
}

impl fmt::Display for Next {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(next) => write!(formatter, "before {next:?}"),
            None => formatter.write_str("at the end of the line"),
        }
    }
}
