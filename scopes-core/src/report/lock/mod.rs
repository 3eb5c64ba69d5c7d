//! A file in the repository with the requirement of each operation, and a test that compares it
//! with the code.
//!
//! Call [`assert_scopes_locked!`](crate::assert_scopes_locked) in a test of the package with the
//! annotations:
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
//! Only linked operations are found: a test in `tests/` has to name their crate, at least with
//! `use journal as _;`. A test in another package lists the packages:
//! `assert_scopes_locked!(packages = ["journal"])`.
//!
//! The operations that count are those that these packages register in their libraries, binaries and
//! examples. Functions of integration tests and benchmarks do not count. A function of a
//! `#[cfg(test)]` module counts in the tests of its own library, and nowhere else: mark it `unlisted`.
//! Handlers that admit callers without a token count in every linked package.
//!
//! The test reads `scopes.lock` beside the package's `Cargo.toml`. If there are changes, it fails
//! and lists them in terms of permissions. An environment variable lets it write the file:
//!
//! | `SCOPES_LOCK` | |
//! |---|---|
//! | not set | nothing is written |
//! | `accept` | the file is written, unless a caller is allowed more than before |
//! | `accept-loosened` | the file is written |
//!
//! A guarded operation that is no longer listed counts as open to every caller: the lock file
//! cannot tell whether the function is gone, or only its annotation. The names of plain functions are
//! their paths, as the compiler writes them.
//!
//! The file can be read, merged and edited by hand; comments in it are kept until it is written
//! again. It names its packages, so that `scopes diff scopes.lock` of the command compares the same
//! operations as the test.

mod assertion;
mod error;
pub(crate) mod file;
mod line;
mod parse;
mod problem;
mod text;

use std::io::ErrorKind;
use std::path::Path;
use std::str::FromStr;

#[doc(hidden)]
pub use assertion::assert_locked;
pub use error::{CheckLockError, ParseLockError, VARIABLE};
pub use file::ReadTextError;

use super::contents::Report;
use super::diff::{Diff, Verdict};

/// The changes that are accepted.
///
/// ```
/// use scopes_core::report::lock::Acceptance;
///
/// // From `SCOPES_LOCK`, which is not set here.
/// assert!(matches!(Acceptance::of_environment(), Ok(Acceptance::None)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Acceptance {
    /// Nothing.
    #[default]
    None,
    /// Changes that allow no caller more than before.
    Changes,
    /// Every change.
    Loosening,
}

impl Report {
    /// Returns the report as the text of a lock file.
    #[must_use]
    pub fn lock(&self) -> String {
        text::write(self)
    }

    /// Reads the text of a lock file.
    ///
    /// # Errors
    ///
    /// Returns the first mistake, with its line.
    pub fn from_lock(text: &str) -> Result<Self, ParseLockError> {
        parse::parse(text)
    }
}

impl Acceptance {
    /// Reads the environment variable [`SCOPES_LOCK`](VARIABLE).
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

/// Compares the lock file at `path` with `report`, and updates it if `accepted` covers the changes.
///
/// The file is replaced as a whole: tests that run at the same time never see a part of it.
///
/// # Errors
///
/// If the report has no operation, or if the file does not exist, cannot be read or written, or is out of
/// date by a change that `accepted` does not cover.
///
/// ```
/// use scopes_core::report::Report;
/// use scopes_core::report::lock::{Acceptance, check};
///
/// let path = std::env::temp_dir().join(format!("scopes-{}.lock", std::process::id()));
/// let report = Report::from_lock("scopes.lock 1\nserver \"\"\n  tool \"about\": public\n")?;
/// // The file is written, since it is not there.
/// check(&path, &report, Acceptance::Loosening)?;
/// check(&path, &report, Acceptance::None)?;
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check(path: &Path, report: &Report, accepted: Acceptance) -> Result<(), CheckLockError> {
    let path = || path.to_owned();
    if report.operations.is_empty() {
        return Err(CheckLockError::NothingAnnotated {
            packages: report.packages.clone(),
            linked: Vec::new(),
        });
    }
    let locked = match std::fs::read(path()) {
        Ok(bytes) => {
            let text = file::text_of(bytes);
            Report::from_lock(&text.map_err(|error| CheckLockError::NotText(path(), error))?)
        }
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
        // Without a readable file, the changes are unknown.
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
    file::replace(path, &report.lock())
        .map_err(|error| CheckLockError::File(path.to_owned(), error))
}
