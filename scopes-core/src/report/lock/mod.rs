//! A file in the repository that says who may do what, and a test that holds it against the code.
//!
//! [`assert_scopes_locked!`](crate::assert_scopes_locked) in a test of the package that has the
//! annotations is all it takes:
//!
//! ```no_run
//! # mod tests {
//! #[test]
//! fn scopes() {
//!     scopes_core::assert_scopes_locked!();
//! }
//! # }
//! ```
//!
//! The operations are found in what is linked: a test in `tests/` names the crate that has them, with
//! `use journal as _;` if with nothing else.
//!
//! The test reads `scopes.lock` beside the package's `Cargo.toml`, and fails with what has changed,
//! in the words of permissions. It writes only where the environment says so:
//!
//! | `SCOPES_LOCK` | |
//! |---|---|
//! | not set | nothing is written |
//! | `accept` | the file is written, unless somebody may do more than before |
//! | `accept-loosened` | the file is written |
//!
//! The file is made for reading, for merging and, where need be, for editing by hand; comments in it
//! are kept until it is written anew.

mod line;
mod parse;
mod text;

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::contents::Report;
use super::diff::{Diff, Verdict};

/// The environment variable that accepts changes.
pub const VARIABLE: &str = "SCOPES_LOCK";

/// What may be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Acceptance {
    /// Nothing.
    #[default]
    None,
    /// Changes by which nobody may do more than before.
    Changes,
    /// Every change.
    Loosening,
}

impl Report {
    /// The report as the text of a lock file.
    #[must_use]
    pub fn lock(&self) -> String {
        text::write(self)
    }

    /// Reads the text of a lock file.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and in which line.
    pub fn from_lock(text: &str) -> Result<Self, ParseLockError> {
        parse::parse(text)
    }
}

impl Acceptance {
    /// What the environment variable [`SCOPES_LOCK`](VARIABLE) accepts.
    ///
    /// # Errors
    ///
    /// If it has another value than `accept` and `accept-loosened`.
    pub fn of_environment() -> Result<Self, CheckLockError> {
        match std::env::var(VARIABLE) {
            Ok(value) => value.parse(),
            Err(std::env::VarError::NotPresent) => Ok(Self::None),
            Err(std::env::VarError::NotUnicode(value)) => value.to_string_lossy().parse(),
        }
    }
}

impl FromStr for Acceptance {
    type Err = CheckLockError;

    fn from_str(value: &str) -> Result<Self, CheckLockError> {
        match value {
            "" => Ok(Self::None),
            "accept" => Ok(Self::Changes),
            "accept-loosened" => Ok(Self::Loosening),
            other => Err(CheckLockError::Acceptance(other.to_owned())),
        }
    }
}

/// Holds the lock file at `path` against `report`, and writes it anew where that is accepted.
///
/// # Errors
///
/// If no operation is annotated, there is no such file, or it cannot be read or written, or says something else than `report`
/// and this is not accepted.
pub fn check(path: &Path, report: &Report, accepted: Acceptance) -> Result<(), CheckLockError> {
    let path = || path.to_owned();
    if report.operations.is_empty() {
        return Err(CheckLockError::NothingAnnotated);
    }
    let locked = match std::fs::read_to_string(path()) {
        Ok(text) => Report::from_lock(&text),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if accepted == Acceptance::None {
                return Err(CheckLockError::Missing(path()));
            }
            return write(&path(), report);
        }
        Err(error) => return Err(CheckLockError::File(path(), error)),
    };
    let locked = match locked {
        Ok(locked) => locked,
        // Nobody can tell what would be looser.
        Err(_) if accepted == Acceptance::Loosening => return write(&path(), report),
        Err(error) => return Err(CheckLockError::Unreadable(path(), error)),
    };
    let diff = Diff::between(&locked, report);
    match (diff.verdict(), accepted) {
        (Verdict::Same, _) => Ok(()),
        (_, Acceptance::Loosening) | (Verdict::Changed, Acceptance::Changes) => {
            write(&path(), report)
        }
        _ => Err(CheckLockError::Changed(path(), diff)),
    }
}

fn write(path: &Path, report: &Report) -> Result<(), CheckLockError> {
    std::fs::write(path, report.lock())
        .map_err(|error| CheckLockError::File(path.to_owned(), error))
}

/// Fails a test unless `scopes.lock`, beside the package's `Cargo.toml`, says what the program's
/// annotations say; see [the module](crate::report::lock).
///
/// `assert_scopes_locked!("path/to/scopes.lock")` takes another path, from there.
#[macro_export]
macro_rules! assert_scopes_locked {
    () => {
        $crate::assert_scopes_locked!("scopes.lock")
    };
    ($path:expr) => {
        $crate::report::lock::assert_locked(::core::env!("CARGO_MANIFEST_DIR"), $path)
    };
}

/// What [`assert_scopes_locked!`](crate::assert_scopes_locked) calls.
///
/// # Panics
///
/// If [`check`] fails.
#[doc(hidden)]
#[track_caller]
pub fn assert_locked(package: &str, path: impl AsRef<Path>) {
    // A test that was built elsewhere is told where the package is now, as cargo tells it.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| package.into());
    let path = PathBuf::from(package).join(path);
    let accepted = Acceptance::of_environment();
    let checked = accepted.and_then(|accepted| check(&path, &Report::of_program(), accepted));
    if let Err(error) = checked {
        panic!("{error}");
    }
}

/// Why a lock file is not as it should be.
#[derive(Debug)]
#[non_exhaustive]
pub enum CheckLockError {
    /// The report is empty, so there is nothing that the file could keep.
    NothingAnnotated,
    /// There is none.
    Missing(PathBuf),
    /// It says something else than the code.
    Changed(PathBuf, Diff),
    /// It cannot be understood.
    Unreadable(PathBuf, ParseLockError),
    /// It cannot be read, or not written.
    File(PathBuf, std::io::Error),
    /// The environment variable accepts something that there is not.
    Acceptance(String),
}

/// What is wrong with the text of a lock file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseLockError {
    line: usize,
    problem: LockProblem,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum LockProblem {
    Line(String),
    Conflict,
    Version(String),
}

impl ParseLockError {
    /// The line, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }
}

impl fmt::Display for ParseLockError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: ", self.line)?;
        match &self.problem {
            LockProblem::Line(problem) => formatter.write_str(problem),
            LockProblem::Conflict => formatter.write_str("a merge has left its marks; resolve it"),
            LockProblem::Version(version) => write!(
                formatter,
                "the format has version {version:?}, and this program reads `{}`",
                text::HEADER
            ),
        }
    }
}

impl std::error::Error for ParseLockError {}

impl fmt::Display for CheckLockError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingAnnotated => formatter.write_str(
                "no annotated operation is linked into this test; name the crate that has them: `use journal as _;`",
            ),
            Self::Missing(path) => write!(
                formatter,
                "there is no {}; {VARIABLE}=accept writes it",
                path.display()
            ),
            Self::Changed(path, diff) => {
                let accept = match diff.verdict() {
                    Verdict::Loosened => "accept-loosened",
                    Verdict::Changed | Verdict::Same => "accept",
                };
                write!(
                    formatter,
                    "the operations require something else than {} says:\n{diff}\nif this is meant, {VARIABLE}={accept} writes the file anew",
                    path.display()
                )
            }
            Self::Unreadable(path, error) => write!(
                formatter,
                "{}: {error}; {VARIABLE}=accept-loosened writes the file anew",
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

impl std::error::Error for CheckLockError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable(_, error) => Some(error),
            Self::File(_, error) => Some(error),
            Self::NothingAnnotated | Self::Missing(_) | Self::Changed(..) | Self::Acceptance(_) => {
                None
            }
        }
    }
}
