//! Validation of the registry when a server starts, which reports every problem at once.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde_json::Value;

use super::inputs::{ArgumentMismatch, Inputs};
use super::listing::registered_catalogs;
use super::{OperationKind, ProtectedOperation, Registry, Shared};
use crate::scope::catalog::typo;
use crate::scope::{RequiredScope, ScopeName};

/// The names of the operations that a server serves, for each kind to check.
///
/// ```
/// use scopes_core::registry::ServedNames;
///
/// let served = ServedNames::new().tools(["list_entries", "create_entry"]).prompts(["suggest_tags"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServedNames {
    names: BTreeMap<OperationKind, Vec<String>>,
    callers_unknown: bool,
    inputs: Inputs,
}

impl ServedNames {
    /// No kind is checked.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// These tools, and no others.
    #[must_use]
    pub fn tools<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.of_kind(OperationKind::Tool, names)
    }

    /// These prompts, and no others.
    #[must_use]
    pub fn prompts<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.of_kind(OperationKind::Prompt, names)
    }

    /// The resources and resource templates of these URIs, and no others.
    #[must_use]
    pub fn resources<N: Into<String>>(self, uris: impl IntoIterator<Item = N>) -> Self {
        self.of_kind(OperationKind::Resource, uris)
    }

    /// These operations of one kind, and no others.
    #[must_use]
    pub fn of_kind<N: Into<String>>(
        mut self,
        kind: OperationKind,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        self.names
            .entry(kind)
            .or_default()
            .extend(names.into_iter().map(Into::into));
        self
    }

    /// The JSON schema of the arguments of a tool.
    #[must_use]
    pub fn tool_schema(mut self, tool: impl Into<String>, schema: Value) -> Self {
        self.inputs.schema(tool.into(), schema);
        self
    }

    /// The names of the arguments of a prompt.
    #[must_use]
    pub fn prompt_arguments<N: Into<String>>(
        mut self,
        prompt: impl Into<String>,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        let names = names.into_iter().map(Into::into);
        self.inputs.names(prompt.into(), names.collect());
        self
    }

    /// Sets whether the current caller is known where the guards run. Adapters set this.
    #[must_use]
    pub fn callers_known(mut self, known: bool) -> Self {
        self.callers_unknown = !known;
        self
    }
}

/// A mismatch that leaves an operation unprotected, or a requirement without effect.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistryProblem {
    /// Two operations that clients reach by the same name require different things.
    ConflictingRequirements {
        /// The operation that is listed first.
        first: Shared<ProtectedOperation>,
        /// The operation with another requirement.
        second: Shared<ProtectedOperation>,
    },
    /// A requirement names a scope that no catalog declares.
    UndeclaredScope {
        /// The operation that requires it.
        operation: Shared<ProtectedOperation>,
        /// The scope.
        scope: ScopeName,
    },
    /// An operation is annotated, and the server serves nothing of that name.
    NotServed {
        /// The operation.
        operation: Shared<ProtectedOperation>,
        /// The name that was probably meant.
        suggestion: Option<String>,
    },
    /// The server serves something that is not annotated, so nothing protects it.
    NotAnnotated {
        /// The kind of operation that clients see.
        kind: OperationKind,
        /// The name it is served under.
        name: String,
        /// An annotated function of that name, if there is one. It may be the same function,
        /// annotated below `#[tool]`, or any other.
        function: Option<Shared<ProtectedOperation>>,
    },
    /// The requirement depends on an argument that the operation does not have, or that has no value
    /// in some calls, which are then denied.
    InvalidArgument {
        /// The operation.
        operation: Shared<ProtectedOperation>,
        /// The name of the argument.
        argument: String,
        /// The mismatch.
        mismatch: ArgumentMismatch,
    },
    /// The guard uses the current caller, which is unknown in the handler, so it refuses every
    /// call.
    CallerUnknown {
        /// The first such operation.
        operation: Shared<ProtectedOperation>,
    },
}

/// Returned when operations, annotations and catalogs do not match. Lists every problem, in a fixed
/// order.
#[derive(Clone, PartialEq, Eq)]
pub struct ValidateRegistryError {
    problems: Vec<RegistryProblem>,
}

impl ValidateRegistryError {
    /// The problems; there is at least one.
    #[must_use]
    pub fn problems(&self) -> &[RegistryProblem] {
        &self.problems
    }
}

impl Registry {
    /// Compares the annotations with each other, with the catalogs of the program, and with the
    /// operations that are served. Validate several servers one by one, with
    /// [`of_server`](Self::of_server).
    ///
    /// A plain function never counts as a tool, prompt or resource of the same name.
    ///
    /// # Errors
    ///
    /// Every [`RegistryProblem`] that was found.
    pub fn validate(&self, served: &ServedNames) -> Result<(), ValidateRegistryError> {
        let mut problems = self.conflicting_requirements();
        problems.extend(self.undeclared_scopes());
        problems.extend(self.not_served(served));
        problems.extend(self.not_annotated(served));
        problems.extend(self.invalid_arguments(served));
        problems.extend(self.caller_unknown(served));
        if problems.is_empty() {
            Ok(())
        } else {
            Err(ValidateRegistryError { problems })
        }
    }

    fn conflicting_requirements(&self) -> Vec<RegistryProblem> {
        let same_name = |one: &ProtectedOperation, other: &ProtectedOperation| {
            (&one.name, one.kind, &one.server) == (&other.name, other.kind, &other.server)
                && one.kind != OperationKind::Function
        };
        let operations = self.operations();
        let groups = operations.chunk_by(|one, other| same_name(one, other));
        groups
            .filter_map(<[_]>::split_first)
            .flat_map(|(first, others)| others.iter().map(move |second| (first, second)))
            .filter(|(first, second)| first.requirement != second.requirement)
            .map(|(first, second)| RegistryProblem::ConflictingRequirements {
                first: first.clone(),
                second: second.clone(),
            })
            .collect()
    }

    /// Looks in all catalogs of the program. An operation that was added at run time may require a scope
    /// that no other listed operation requires, so the catalogs of the listed ones are too few.
    fn undeclared_scopes(&self) -> Vec<RegistryProblem> {
        let catalogs = registered_catalogs();
        let is_declared = |scope: &RequiredScope| {
            scope.declared().is_some()
                || catalogs
                    .iter()
                    .any(|catalog| catalog.position(scope.as_str()).is_some())
        };
        let listed = self.operations();
        let operations = listed.iter().flat_map(|operation| {
            let scopes = operation.requirement.access().leaves();
            scopes.map(move |scope| (operation, scope))
        });
        operations
            .filter(|(_, scope)| !is_declared(scope))
            .map(|(operation, scope)| RegistryProblem::UndeclaredScope {
                operation: operation.clone(),
                scope: scope.name().clone(),
            })
            .collect()
    }

    fn not_served(&self, served: &ServedNames) -> Vec<RegistryProblem> {
        let mut problems = Vec::new();
        for (kind, names) in &served.names {
            let known: std::collections::HashSet<&str> = names.iter().map(String::as_str).collect();
            let annotated = self.operations().into_iter();
            let annotated = annotated.filter(|operation| operation.kind == *kind);
            for operation in annotated.filter(|operation| !known.contains(&*operation.name)) {
                let near = names
                    .iter()
                    .filter_map(|name| Some((typo::distance(name, &operation.name)?, name)));
                let suggestion = near
                    .min_by_key(|(distance, _)| *distance)
                    .map(|(_, name)| name.clone());
                problems.push(RegistryProblem::NotServed {
                    operation,
                    suggestion,
                });
            }
        }
        problems
    }

    fn invalid_arguments(&self, served: &ServedNames) -> Vec<RegistryProblem> {
        let operations = self.operations().into_iter();
        let problems = operations.flat_map(|operation| {
            let mismatches = served.inputs.mismatches(&operation).into_iter();
            mismatches.map(
                move |(argument, mismatch)| RegistryProblem::InvalidArgument {
                    operation: operation.clone(),
                    argument,
                    mismatch,
                },
            )
        });
        problems.collect()
    }

    fn caller_unknown(&self, served: &ServedNames) -> Option<RegistryProblem> {
        let mut operations = self
            .operations()
            .into_iter()
            .filter(|_| served.callers_unknown);
        let operation = operations.find(|operation| operation.asks_context)?;
        Some(RegistryProblem::CallerUnknown { operation })
    }

    fn not_annotated(&self, served: &ServedNames) -> Vec<RegistryProblem> {
        if self.passes_undeclared() {
            return Vec::new();
        }
        let operations = self.operations();
        let annotated: std::collections::HashSet<_> = operations
            .iter()
            .map(|operation| (operation.kind, &*operation.name))
            .collect();
        let mut functions = HashMap::new();
        for operation in &operations {
            if operation.kind == OperationKind::Function {
                let bare = operation.name.rsplit("::").next().unwrap_or_default();
                functions.entry(bare).or_insert(operation);
            }
        }
        let mut missing: Vec<_> = served
            .names
            .iter()
            .flat_map(|(kind, names)| names.iter().map(move |name| (*kind, name)))
            .filter(|(kind, name)| !annotated.contains(&(*kind, name.as_str())))
            .collect();
        missing.sort_unstable();
        missing.dedup();
        missing
            .into_iter()
            .map(|(kind, name)| RegistryProblem::NotAnnotated {
                kind,
                name: name.clone(),
                function: functions
                    .get(name.as_str())
                    .map(|found| Shared::clone(found)),
            })
            .collect()
    }
}

impl fmt::Display for RegistryProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConflictingRequirements { first, second } => write!(
                formatter,
                "{first} requires {}, but {second} requires {}; give one of them another name, or both the same requirement",
                first.requirement, second.requirement
            ),
            Self::UndeclaredScope { operation, scope } => write!(
                formatter,
                "{operation} requires `{scope}`, which no catalog declares; declare it, or correct the name"
            ),
            Self::NotServed {
                operation,
                suggestion,
            } => {
                write!(formatter, "{operation} is annotated, but not served; ")?;
                match suggestion {
                    Some(name) => write!(formatter, "did you mean `{name}`?"),
                    None => write!(formatter, "serve it, or correct the name in its annotation"),
                }
            }
            Self::InvalidArgument {
                operation,
                argument,
                mismatch,
            } => write!(
                formatter,
                "the requirement of {operation} depends on the argument `{argument}`, {mismatch}"
            ),
            Self::CallerUnknown { operation } => write!(
                formatter,
                "{operation} asks for the current caller, and nobody says who that is; put `#[scoped_handler]` on `impl ServerHandler`, or name the caller with `from = ..`"
            ),
            Self::NotAnnotated {
                kind,
                name,
                function,
            } => {
                write!(formatter, "{kind} `{name}` is served, but not annotated; ")?;
                let attribute = match kind {
                    OperationKind::Tool => "`#[tool]`",
                    OperationKind::Prompt => "`#[prompt]`",
                    _ => "what names it",
                };
                match function {
                    None => write!(
                        formatter,
                        "write `#[requires_scopes(..)]` on it, above {attribute}, or `#[requires_scopes(public)]`"
                    ),
                    Some(function) => write!(
                        formatter,
                        "{function} is annotated as a plain function, which does not protect a {kind}. If it is this {kind}, move the annotation above {attribute}, or add `{kind} = \"{name}\"` to it; if not, annotate the {kind}"
                    ),
                }
            }
        }
    }
}

/// Prints what `Display` does: `main` shows the error that it returns by `Debug`.
impl fmt::Debug for ValidateRegistryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for ValidateRegistryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problems = self.problems.len();
        let (plural, are) = if problems == 1 {
            ("", "is")
        } else {
            ("s", "are")
        };
        write!(
            formatter,
            "there {are} {problems} problem{plural} with the protected operations:"
        )?;
        self.problems
            .iter()
            .try_for_each(|problem| write!(formatter, "\n- {problem}"))
    }
}

impl std::error::Error for ValidateRegistryError {}
