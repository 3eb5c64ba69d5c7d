//! The kinds of changes.

use crate::registry::{AnonymousLists, OperationKind};
use crate::report::cases::ArgumentValues;
use crate::report::contents::ReportedOperation;
use crate::scope::ScopeSet;

/// The severity of a change, in ascending order.
///
/// ```
/// use scopes_core::report::diff::Verdict;
///
/// assert!(Verdict::Loosened > Verdict::Same);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Verdict {
    /// Nothing has changed.
    Same,
    /// Something has changed, and no caller is allowed more than before.
    Changed,
    /// A caller is allowed more than before, a new operation is public, a guarded operation is no longer
    /// listed, or a handler admits callers without a token or shows them more of its lists.
    Loosened,
}

/// The name of an operation, with everything that distinguishes it from others.
///
/// ```
/// # use scopes_core::report::Report;
/// use scopes_core::report::diff::{Diff, OperationChange};
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
/// if let [OperationChange::Changed { is: operation, .. }] = Diff::between(&old, &new).operations() {
///     assert_eq!(operation.name, "get");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct OperationName {
    /// The server that serves it; empty for the unnamed one.
    pub server: String,
    /// The kind of operation that clients see.
    pub kind: OperationKind,
    /// The name under which clients reach it.
    pub name: String,
    /// The path of its function, if another operation has the same name.
    pub path: Option<String>,
}

/// A change of an operation.
///
/// ```
/// # use scopes_core::report::Report;
/// use scopes_core::report::diff::{Diff, OperationChange};
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
/// let changed = |change: &OperationChange| matches!(change, OperationChange::Changed { .. });
/// assert!(diff.operations().iter().any(changed));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "there are few, and most are of the large kind"
)]
pub enum OperationChange {
    /// It is new.
    Added {
        /// The operation.
        operation: OperationName,
        /// The requirement.
        requires: String,
        /// `true` if the operation needs no token.
        public: bool,
    },
    /// It is no longer listed: it is gone, or its annotation is, and it needs no scope any more.
    Removed {
        /// The operation.
        operation: OperationName,
        /// The former requirement.
        required: String,
        /// `true` if the operation needed no token before either.
        public: bool,
    },
    /// It has another name, or another requirement, or both.
    Changed {
        /// The former name.
        was: OperationName,
        /// The present name.
        is: OperationName,
        /// The former requirement.
        required: String,
        /// The present requirement.
        requires: String,
        /// A caller who is allowed to call it and was not before.
        gains: Option<Witness>,
        /// A caller who is no longer allowed to call it.
        loses: Option<Witness>,
        /// The arguments that its function reads in another way, which may let callers do more.
        arguments: Vec<ArgumentChange>,
    },
}

/// An argument that a function reads in another way.
///
/// ```
/// use scopes_core::report::Report;
/// use scopes_core::report::diff::{Diff, OperationChange};
///
/// let old = Report::from_lock("scopes.lock 1\ncatalog \"Scope\"\n  scope \"projects:{id}\": \"\"\nserver \"\"\n  tool \"deploy\" args(id = \"request.id\"): \"projects:{id}\"\n")?;
/// let new = Report::from_lock("scopes.lock 1\ncatalog \"Scope\"\n  scope \"projects:{id}\": \"\"\nserver \"\"\n  tool \"deploy\" args(id = \"request.parent\"): \"projects:{id}\"\n")?;
/// let diff = Diff::between(&old, &new);
/// let [OperationChange::Changed { arguments, .. }] = diff.operations() else { panic!("one change") };
/// assert_eq!(arguments[0].name, "id");
/// assert_eq!(arguments[0].to, ["request.parent"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArgumentChange {
    /// Its name on the wire.
    pub name: String,
    /// The expressions by which it was read, one for each annotation with `args(..)`; none where it
    /// was the binding of that name.
    pub from: Vec<String>,
    /// The expressions by which it is read.
    pub to: Vec<String>,
}

/// A caller for whom a change makes a difference.
///
/// ```
/// use scopes_core::report::Report;
/// use scopes_core::report::diff::{Diff, OperationChange, Witness};
///
/// let old = Report::from_lock("scopes.lock 1\ncatalog \"Scope\"\n  scope \"entries:read\": \"\"\n  scope \"entries:write\": \"\"\nserver \"\"\n  tool \"get\": \"entries:write\"\n")?;
/// let new = Report::from_lock("scopes.lock 1\ncatalog \"Scope\"\n  scope \"entries:read\": \"\"\n  scope \"entries:write\": \"\"\nserver \"\"\n  tool \"get\": any(\"entries:read\", \"entries:write\")\n")?;
/// let diff = Diff::between(&old, &new);
/// let [OperationChange::Changed { gains: Some(gains), .. }] = diff.operations() else { panic!("one change") };
/// assert!(matches!(gains, Witness::Scopes { scopes, .. } if scopes.to_string() == "entries:read"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Witness {
    /// One without a token.
    Anonymous,
    /// One whose token grants exactly these scopes.
    Scopes {
        /// The scopes; none for a token without any. `{project}` in a name stands for the value of the
        /// argument `project`, and `{*}` for any other value.
        scopes: ScopeSet,
        /// The values of arguments for which it makes a difference; of others, every value.
        values: Vec<ArgumentValues>,
    },
    /// The requirements are too large to compare; there may be such a caller.
    Unknown,
}

/// A change of whether a handler admits callers without a token.
///
/// ```
/// use scopes_core::report::Report;
/// use scopes_core::report::diff::{Diff, Verdict};
///
/// let old = Report::from_lock("scopes.lock 1\nserver \"\"\n")?;
/// let new = Report::from_lock("scopes.lock 1\nanonymous \"journal::Journal\": public lists\nserver \"\"\n")?;
/// let diff = Diff::between(&old, &new);
/// assert_eq!(diff.anonymous().len(), 1);
/// assert!(diff.anonymous()[0].is_loosening());
/// assert_eq!(diff.verdict(), Verdict::Loosened);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AnonymousChange {
    /// The module and the type of the handler.
    pub handler: String,
    /// The lists that these callers were shown; `None` if they were not admitted.
    pub from: Option<AnonymousLists>,
    /// The lists that they are shown; `None` if they are no longer admitted.
    pub to: Option<AnonymousLists>,
}

impl AnonymousChange {
    /// Returns `true` if callers without a token are newly admitted, or are shown more of the lists.
    #[must_use]
    pub fn is_loosening(&self) -> bool {
        // `None` is less than every list.
        self.to > self.from
    }
}

/// A change of a scope.
///
/// ```
/// use scopes_core::report::Report;
/// use scopes_core::report::diff::{Diff, ScopeChange};
///
/// let old = Report::from_lock("scopes.lock 1\ncatalog \"Scope\"\n  scope \"entries:read\": \"\"\nserver \"\"\n")?;
/// let new = Report::from_lock("scopes.lock 1\ncatalog \"Scope\"\n  scope \"entries:read\": \"\"\n  scope \"tags:read\": \"Read your tags.\"\nserver \"\"\n")?;
/// let diff = Diff::between(&old, &new);
/// assert!(matches!(diff.scopes(), [ScopeChange::Added { scope, .. }] if scope == "tags:read"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScopeChange {
    /// It is new.
    Added {
        /// Its name.
        scope: String,
        /// The description for consent screens.
        description: String,
    },
    /// It was removed.
    Removed {
        /// Its name.
        scope: String,
    },
    /// Its declaration has changed.
    Changed {
        /// Its name.
        scope: String,
        /// The differences; there is at least one.
        differences: Vec<Difference>,
    },
}

/// A difference between two declarations of a scope.
///
/// ```
/// use scopes_core::report::Report;
/// use scopes_core::report::diff::{Diff, Difference, ScopeChange};
///
/// let old = Report::from_lock("scopes.lock 1\ncatalog \"Scope\"\n  scope \"entries:read\": \"\"\nserver \"\"\n")?;
/// let new = Report::from_lock("scopes.lock 1\ncatalog \"Scope\"\n  scope \"entries:read\" hidden: \"\"\nserver \"\"\n")?;
/// let diff = Diff::between(&old, &new);
/// let [ScopeChange::Changed { differences, .. }] = diff.scopes() else { panic!("one change") };
/// assert!(matches!(differences[..], [Difference::Hidden(true)]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// The catalog that declares it.
    Catalog {
        /// The former value.
        from: Option<String>,
        /// The present value.
        to: Option<String>,
    },
    /// The description for consent screens has changed.
    Description {
        /// The former value.
        from: String,
        /// The present value.
        to: String,
    },
    /// The implied scopes have changed; they are listed by name.
    Implies {
        /// The former value.
        from: Vec<String>,
        /// The present value.
        to: Vec<String>,
    },
    /// The scope is now a baseline scope (`true`), or no longer one.
    Baseline(bool),
    /// The scope is now kept out of published lists (`true`), or no longer.
    Hidden(bool),
    /// Clients are now asked to request the names that it stands for (`true`), or no longer.
    Requestable(bool),
}

impl OperationChange {
    /// Returns `true` if a caller is allowed to call the operation who was not before, or might be, since
    /// an expression in `args(..)` has changed; if it is new and public, or if it was guarded and may no
    /// longer be.
    #[must_use]
    pub fn is_loosening(&self) -> bool {
        match self {
            Self::Added { public, .. } => *public,
            Self::Removed { public, .. } => !*public,
            Self::Changed {
                gains, arguments, ..
            } => gains.is_some() || !arguments.is_empty(),
        }
    }

    /// Returns whether anything has changed: the name, the requirement, or the callers who satisfy it.
    pub(super) fn is_change(&self) -> bool {
        match self {
            Self::Added { .. } | Self::Removed { .. } => true,
            Self::Changed {
                was,
                is,
                required,
                requires,
                gains,
                loses,
                arguments,
            } => {
                !was.is_called_like(is)
                    || required != requires
                    || gains.is_some()
                    || loses.is_some()
                    || !arguments.is_empty()
            }
        }
    }

    pub(super) fn operation(&self) -> &OperationName {
        match self {
            Self::Added { operation, .. } | Self::Removed { operation, .. } => operation,
            Self::Changed { is, .. } => is,
        }
    }
}

impl OperationName {
    /// The name of `operation`, with the path of its function where the name is not enough.
    pub(super) fn of(operation: &ReportedOperation, is_shared: bool) -> Self {
        let path = Some(&operation.path)
            .filter(|path| is_shared && !path.is_empty() && **path != operation.name);
        Self {
            server: operation.server.clone(),
            kind: operation.kind,
            name: operation.name.clone(),
            path: path.cloned(),
        }
    }

    /// Returns whether clients reach both in the same way.
    pub(super) fn is_called_like(&self, other: &Self) -> bool {
        (&self.server, self.kind, &self.name) == (&other.server, other.kind, &other.name)
    }
}
