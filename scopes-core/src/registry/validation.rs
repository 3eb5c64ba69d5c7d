//! Validation of the registry when a server starts, which reports every problem at once.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde_json::Value;

use super::inputs::Inputs;
use super::listing::registered_catalogs;
use super::overlaps;
use super::problem::RegistryProblem;
use super::{OperationKind, ProtectedOperation, Registry, Shared};
use crate::scope::catalog::typo;
use crate::scope::{Catalog, RequiredScope};

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
    /// Creates names by which no kind is checked.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds these tools, and no others.
    #[must_use]
    pub fn tools<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.of_kind(OperationKind::Tool, names)
    }

    /// Adds these prompts, and no others.
    #[must_use]
    pub fn prompts<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.of_kind(OperationKind::Prompt, names)
    }

    /// Adds the resources and resource templates of these URIs, and no others.
    #[must_use]
    pub fn resources<N: Into<String>>(self, uris: impl IntoIterator<Item = N>) -> Self {
        self.of_kind(OperationKind::Resource, uris)
    }

    /// Adds these operations of one kind, and no others.
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

    /// Adds the JSON schema of the arguments of a tool.
    #[must_use]
    pub fn tool_schema(mut self, tool: impl Into<String>, schema: Value) -> Self {
        self.inputs.schema(tool.into(), schema);
        self
    }

    /// Adds the names of the arguments of a prompt.
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

/// Returned when operations, annotations and catalogs do not match. Lists every problem, in a fixed
/// order.
///
/// ```
/// use scopes_core::Registry;
/// use scopes_core::registry::{ServedNames, ValidateRegistryError};
///
/// /// Refuses to start a server with an open tool.
/// fn check(tools: &[&str]) -> Result<(), ValidateRegistryError> {
///     Registry::default().validate(&ServedNames::new().tools(tools.iter().copied()))
/// }
///
/// let message = check(&["purge"]).map_err(|error| error.to_string());
/// assert!(message.is_err_and(|message| message.contains("`purge`")));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ValidateRegistryError {
    problems: Vec<RegistryProblem>,
}

impl ValidateRegistryError {
    /// Returns the problems; there is at least one.
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
        let catalogs = registered_catalogs();
        let mut problems = self.conflicting_requirements();
        problems.extend(overlaps::between(&catalogs));
        problems.extend(self.undeclared_scopes(&catalogs));
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
    ///
    /// The name of a template is not itself a scope: no token grants it.
    fn undeclared_scopes(&self, catalogs: &[&'static Catalog]) -> Vec<RegistryProblem> {
        let declares = |catalog: &&'static Catalog, scope: &RequiredScope| {
            let declared = catalog.find(scope.as_str());
            declared.is_some_and(|declared| !declared.is_template())
        };
        let is_declared = |scope: &RequiredScope| {
            let mut catalogs = catalogs.iter();
            scope.declared().is_some() || catalogs.any(|catalog| declares(catalog, scope))
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
                template: overlaps::template_for(catalogs, scope.as_str()),
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
