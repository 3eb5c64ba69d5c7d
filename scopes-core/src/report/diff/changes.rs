//! What can change.

use crate::registry::OperationKind;
use crate::report::cases::ArgumentValues;
use crate::report::contents::ReportedOperation;
use crate::scope::ScopeSet;

/// How much a change matters, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Verdict {
    /// Nothing has changed.
    Same,
    /// Something has changed, and nobody may do more than before.
    Changed,
    /// Somebody may do what they could not before, a new operation is public, or a guarded
    /// operation is no longer listed.
    Loosened,
}

/// How an operation is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct OperationName {
    /// Which server serves it; empty for the unnamed one.
    pub server: String,
    /// How clients reach it.
    pub kind: OperationKind,
    /// The name under which they do.
    pub name: String,
    /// The path of its function, where another operation has the same name.
    pub path: Option<String>,
}

/// What has changed about an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "there are few, and most are of the large kind"
)]
pub enum OperationChange {
    /// It is new.
    Added {
        /// Which one.
        operation: OperationName,
        /// What it requires.
        requires: String,
        /// Whether it needs no token.
        public: bool,
    },
    /// It is no longer listed: it is gone, or its annotation is, and it needs no scope any more.
    Removed {
        /// Which one.
        operation: OperationName,
        /// What it required.
        required: String,
        /// Whether it needed no token before either.
        public: bool,
    },
    /// It has another name, or another requirement, or both.
    Changed {
        /// How it was called.
        was: OperationName,
        /// How it is called.
        is: OperationName,
        /// What it required.
        required: String,
        /// What it requires.
        requires: String,
        /// Who may call it, and could not before.
        gains: Option<Witness>,
        /// Who may not call it, and could before.
        loses: Option<Witness>,
        /// The arguments that its function reads in another way, which may let callers do more.
        arguments: Vec<ArgumentChange>,
    },
}

/// An argument that a function reads in another way.
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

/// What has changed about a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScopeChange {
    /// It is new.
    Added {
        /// Its name.
        scope: String,
        /// What a consent screen says of it.
        description: String,
    },
    /// It has gone.
    Removed {
        /// Its name.
        scope: String,
    },
    /// It is declared otherwise.
    Changed {
        /// Its name.
        scope: String,
        /// In what; there is at least one.
        differences: Vec<Difference>,
    },
}

/// In what a scope is declared otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// The catalog that declares it.
    Catalog {
        /// It was.
        from: Option<String>,
        /// It is.
        to: Option<String>,
    },
    /// What a consent screen says of it.
    Description {
        /// It was.
        from: String,
        /// It is.
        to: String,
    },
    /// What it implies, by name.
    Implies {
        /// It was.
        from: Vec<String>,
        /// It is.
        to: Vec<String>,
    },
    /// Whether a 401 names it now.
    Baseline(bool),
    /// Whether it is kept out of published lists now.
    Hidden(bool),
    /// Whether clients are asked to request the names that it stands for now.
    Requestable(bool),
}

impl OperationChange {
    /// Whether somebody may call the operation who could not before, or might, since an expression in
    /// `args(..)` has changed; whether it is new and public, or was guarded and may no longer be.
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

    /// Whether anything has changed: the name, the requirement, or who satisfies it.
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

    /// Whether clients reach both in the same way.
    pub(super) fn is_called_like(&self, other: &Self) -> bool {
        (&self.server, self.kind, &self.name) == (&other.server, other.kind, &other.name)
    }
}
