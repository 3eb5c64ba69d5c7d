//! Errors of the check of a lock file.

use std::fmt;
use std::path::PathBuf;

use super::file::ReadTextError;
use super::problem::LockProblem;
use crate::report::diff::{Diff, Verdict};

/// The environment variable that accepts changes.
pub const VARIABLE: &str = "SCOPES_LOCK";

/// Returned when the lock file does not match the operations, or cannot be compared.
///
/// ```
/// use std::path::Path;
/// use scopes_core::report::Report;
/// use scopes_core::report::lock::{Acceptance, check};
///
/// let none = Path::new("/no/such/folder/scopes.lock");
/// if let Err(error) = check(none, &Report::of_program(), Acceptance::None) {
///     eprintln!("{error}");
/// }
/// ```
#[non_exhaustive]
pub enum CheckLockError {
    /// There is no operation to compare.
    NothingAnnotated {
        /// The packages that should have operations; empty where none is named.
        packages: Vec<String>,
        /// The packages whose operations are linked, where they are known.
        linked: Vec<String>,
    },
    /// There is no lock file.
    Missing(PathBuf),
    /// The lock file is out of date.
    Changed(PathBuf, Diff),
    /// The lock file cannot be parsed.
    Unreadable(PathBuf, ParseLockError),
    /// The lock file is empty, or is not UTF-8.
    NotText(PathBuf, ReadTextError),
    /// The lock file cannot be read or written.
    File(PathBuf, std::io::Error),
    /// The environment variable has an unknown value.
    Acceptance(String),
}

/// Returned when the text of a lock file is invalid.
///
/// ```
/// use scopes_core::report::Report;
///
/// let error = Report::from_lock("scopes.lock 1\nnonsense\n").unwrap_err();
/// assert!(error.to_string().contains("line 2"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ParseLockError {
    pub(super) line: usize,
    pub(super) problem: LockProblem,
}

impl ParseLockError {
    /// Returns the line, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }
}

/// Prints what `Display` does: `main` shows the error that it returns by `Debug`.
impl fmt::Debug for ParseLockError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for ParseLockError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.problem)
    }
}

impl std::error::Error for ParseLockError {}

/// Prints what `Display` does: `main` shows the error that it returns by `Debug`.
impl fmt::Debug for CheckLockError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for CheckLockError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingAnnotated { packages, linked } => {
                nothing_annotated(formatter, packages, linked)
            }
            Self::Missing(path) => write!(
                formatter,
                "{} does not exist; {VARIABLE}=accept writes it",
                path.display()
            ),
            Self::Changed(path, diff) => {
                let accept = match diff.verdict() {
                    Verdict::Loosened => "accept-loosened",
                    Verdict::Changed | Verdict::Same => "accept",
                };
                write!(
                    formatter,
                    "{} is out of date:\n{diff}\nif this is intended, {VARIABLE}={accept} updates the file",
                    path.display()
                )
            }
            Self::Unreadable(path, error) => write!(
                formatter,
                "{}: {error}; {VARIABLE}=accept-loosened replaces the file",
                path.display()
            ),
            Self::NotText(path, error) => write!(
                formatter,
                "{}: {error}, or restore it from version control; nothing was compared",
                path.display()
            ),
            Self::File(path, error) => write!(formatter, "{}: {error}", path.display()),
            Self::Acceptance(value) => write!(
                formatter,
                "{VARIABLE} is {value:?}; it can be accept, or accept-loosened"
            ),
        }
    }
}

fn nothing_annotated(
    formatter: &mut fmt::Formatter<'_>,
    packages: &[String],
    linked: &[String],
) -> fmt::Result {
    let quoted = |names: &[String]| {
        let names = names.iter().map(|name| format!("`{name}`"));
        names.collect::<Vec<_>>().join(", ")
    };
    formatter.write_str("no annotated operation")?;
    if !packages.is_empty() {
        write!(formatter, " of package {}", quoted(packages))?;
    }
    let example = packages.first().map_or("journal", String::as_str);
    write!(
        formatter,
        " is linked into this test; link its crate with `use {} as _;`, or move the test into `src/main.rs` if \
         the package has no library",
        example.replace('-', "_")
    )?;
    if !linked.is_empty() {
        write!(
            formatter,
            ", or name the packages that count, `packages = [\"..\"]`, of those that are linked: {}",
            quoted(linked)
        )?;
    }
    formatter.write_str(" (operations of integration tests and benchmarks do not count)")
}

impl std::error::Error for CheckLockError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable(_, error) => Some(error),
            Self::NotText(_, error) => Some(error),
            Self::File(_, error) => Some(error),
            Self::NothingAnnotated { .. }
            | Self::Missing(_)
            | Self::Changed(..)
            | Self::Acceptance(_) => None,
        }
    }
}
