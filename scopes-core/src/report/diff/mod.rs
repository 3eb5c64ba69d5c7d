//! The changes between two reports, in terms of permissions.
//!
//! A requirement is *looser* if it admits a set of scopes that it did not admit before, with the
//! implications of each report. Such a set is computed and named, as `docs/decisions/loosening.md`
//! describes. Requirements that choose by an argument are compared for each value that either of
//! them names, and for all other values.
//!
//! An expression in `args(..)` is Rust code and cannot be compared: a change may select another
//! argument, so it counts as looser.
//!
//! ```
//! use scopes_core::report::Report;
//! use scopes_core::report::diff::{Diff, Verdict};
//!
//! let report = Report::of_program();
//! assert_eq!(Diff::between(&report, &report).verdict(), Verdict::Same);
//! ```

mod admission;
mod anonymous_changes;
mod arguments;
mod changes;
mod comparison;
mod pairs;
mod scope_changes;
mod search;
mod vocabulary;
mod wording;

pub use self::changes::{
    AnonymousChange, ArgumentChange, Difference, OperationChange, OperationName, ScopeChange,
    Verdict, Witness,
};

use super::contents::Report;

/// The changes from one report to another.
///
/// ```
/// use scopes_core::report::Report;
/// use scopes_core::report::diff::{Diff, Verdict};
///
/// # let lock = |requirement: &str| {
/// #     let lines = [
/// #         "scopes.lock 1",
/// #         "catalog \"Scope\"",
/// #         "  scope \"entries:read\": \"\"",
/// #         "  scope \"entries:write\": \"\"",
/// #         "server \"\"",
/// #     ];
/// #     Report::from_lock(&format!("{}\n  tool \"get\": {requirement}\n", lines.join("\n")))
/// # };
/// # let old = lock("\"entries:write\"")?;
/// # let new = lock("any(\"entries:read\", \"entries:write\")")?;
/// let diff = Diff::between(&old, &new);
/// assert_eq!(diff.verdict(), Verdict::Loosened);
/// assert_eq!(diff.operations().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    operations: Vec<OperationChange>,
    scopes: Vec<ScopeChange>,
    anonymous: Vec<AnonymousChange>,
}

impl Diff {
    /// Compares two reports, and returns the changes from `old` to `new`.
    #[must_use]
    pub fn between(old: &Report, new: &Report) -> Self {
        Self {
            operations: comparison::operation_changes(old, new),
            scopes: scope_changes::scope_changes(old, new),
            anonymous: anonymous_changes::anonymous_changes(old, new),
        }
    }

    /// Returns the changes of operations, by server, kind and name.
    #[must_use]
    pub fn operations(&self) -> &[OperationChange] {
        &self.operations
    }

    /// Returns the changes of scopes.
    #[must_use]
    pub fn scopes(&self) -> &[ScopeChange] {
        &self.scopes
    }

    /// Returns the changes of handlers that admit callers without a token.
    #[must_use]
    pub fn anonymous(&self) -> &[AnonymousChange] {
        &self.anonymous
    }

    /// Returns the severity of the changes.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let is_loosened = self.operations.iter().any(OperationChange::is_loosening)
            || self.anonymous.iter().any(AnonymousChange::is_loosening);
        if is_loosened {
            Verdict::Loosened
        } else if self.operations.is_empty() && self.scopes.is_empty() && self.anonymous.is_empty()
        {
            Verdict::Same
        } else {
            Verdict::Changed
        }
    }
}
