//! Finds what an operation requires by the name that a client gives it. However many operations
//! there are, one is found in the same time.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::uri_template::UriTemplate;
use super::{OperationKind, ProtectedOperation, Shared};
use crate::scope::{ArgumentProblem, ArgumentValue, InvalidArgument, Requirement};

/// The requirements of one operation: one, or several of operations that have the same name.
///
/// Cheap to clone; that of one annotated function counts no references.
///
/// ```
/// use scopes_core::{OperationKind, ProtectedOperation, Registry, Requirement, ScopeName};
///
/// let registry = Registry::default();
/// for scope in ["search:read", "plugins:use"].map(ScopeName::from_static) {
///     let requirement = Requirement::one(scope);
///     registry.add(ProtectedOperation::at_run_time(OperationKind::Tool, "search", requirement));
/// }
/// // A caller has to satisfy both.
/// let both = registry.requirements(OperationKind::Tool, "search").ok_or("it is listed")?;
/// assert_eq!(both.len(), 2);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirements(Found);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Found {
    One(Shared<Requirement>),
    Several(Arc<[Shared<Requirement>]>),
}

impl Deref for Requirements {
    type Target = [Shared<Requirement>];

    fn deref(&self) -> &Self::Target {
        match &self.0 {
            Found::One(requirement) => std::slice::from_ref(requirement),
            Found::Several(requirements) => requirements,
        }
    }
}

impl Default for Requirements {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl From<Vec<Shared<Requirement>>> for Requirements {
    fn from(mut requirements: Vec<Shared<Requirement>>) -> Self {
        match requirements.pop() {
            Some(one) if requirements.is_empty() => Self(Found::One(one)),
            last => {
                requirements.extend(last);
                Self(Found::Several(requirements.into()))
            }
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Index {
    /// For each kind, by name.
    by_name: [HashMap<Cow<'static, str>, Requirements, RandomState>; OperationKind::ALL.len()],
    /// By the literal text before the first expression.
    templates: HashMap<String, Vec<(UriTemplate, Shared<Requirement>)>>,
    /// The lengths of the literal texts before first expressions.
    prefixes: Vec<usize>,
    /// Requirements with arguments that do not stand in requests.
    guarded_alone: Vec<Shared<Requirement>>,
}

impl Index {
    pub(super) fn of(operations: &[Shared<ProtectedOperation>]) -> Self {
        let mut index = Self::default();
        let mut by_name: [HashMap<_, Vec<_>, RandomState>; OperationKind::ALL.len()] =
            Default::default();
        for operation in operations {
            if operation.arguments.iter().any(|one| !one.in_request) {
                index.guarded_alone.push(operation.requirement.clone());
            }
            by_name[operation.kind as usize]
                .entry(operation.name.clone())
                .or_default()
                .push(operation.requirement.clone());
            if operation.kind == OperationKind::Resource
                && let Some(template) = UriTemplate::parse(&operation.name)
            {
                let prefix = operation.name.split('{').next().unwrap_or_default();
                index.prefixes.push(prefix.len());
                let alike = index.templates.entry(prefix.to_owned()).or_default();
                alike.push((template, operation.requirement.clone()));
            }
        }
        index.by_name = by_name.map(|by_name| {
            let shared = by_name.into_iter();
            shared.map(|(name, all)| (name, all.into())).collect()
        });
        index.prefixes.sort_unstable();
        index.prefixes.dedup();
        index
    }

    pub(super) fn requirements(&self, kind: OperationKind, name: &str) -> Option<Requirements> {
        match self.by_name[kind as usize].get(name) {
            Some(requirements) => Some(requirements.clone()),
            None if kind == OperationKind::Resource => self.of_templates(name),
            None => None,
        }
    }

    /// Returns the requirements of all templates that match `uri`: the server may take any of them.
    fn of_templates(&self, uri: &str) -> Option<Requirements> {
        let matching = self.matching(uri);
        let requirements: Vec<_> = matching
            .map(|(_, requirement)| requirement.clone())
            .collect();
        (!requirements.is_empty()).then(|| requirements.into())
    }

    /// Returns what a request for `name` requires, with the values of its arguments: those that `read`
    /// finds, or those of the URI where a template matches.
    pub(super) fn resolved(
        &self,
        kind: OperationKind,
        name: &str,
        read: impl Fn(&str) -> ArgumentValue,
    ) -> Result<Option<Requirements>, InvalidArgument> {
        if let Some(named) = self.by_name[kind as usize].get(name) {
            // Few depend on arguments: the others are found as they are.
            if !named.iter().any(|one| one.takes_arguments()) {
                return Ok(Some(named.clone()));
            }
            let resolved = named.iter().map(|one| self.resolve(one, &read));
            return Ok(Some(Requirements::from(
                resolved.collect::<Result<Vec<_>, _>>()?,
            )));
        }
        if kind != OperationKind::Resource {
            return Ok(None);
        }
        let resolved = self.matching(name).map(|(template, requirement)| {
            self.resolve(requirement, |argument| {
                // For a completion, the handler may take the value from the URI or from the context.
                if read(argument) == ArgumentValue::invalid(ArgumentProblem::Missing) {
                    template.value(name, argument)
                } else {
                    ArgumentValue::every()
                }
            })
        });
        let resolved: Vec<_> = resolved.collect::<Result<_, _>>()?;
        Ok((!resolved.is_empty()).then(|| resolved.into()))
    }

    /// Returns the templates that match `uri`.
    fn matching(&self, uri: &str) -> impl Iterator<Item = &(UriTemplate, Shared<Requirement>)> {
        let prefixes = self
            .prefixes
            .iter()
            .filter_map(move |length| uri.get(..*length));
        prefixes
            .filter_map(|prefix| self.templates.get(prefix))
            .flatten()
            .filter(move |(template, _)| template.matches(uri))
    }

    /// Returns the requirement with the values of its arguments, or as it is if they do not all stand in
    /// requests: only the guard of the function can read them.
    fn resolve(
        &self,
        requirement: &Shared<Requirement>,
        read: impl Fn(&str) -> ArgumentValue,
    ) -> Result<Shared<Requirement>, InvalidArgument> {
        if !requirement.takes_arguments() {
            return Ok(requirement.clone());
        }
        let is_this = |one: &Shared<Requirement>| std::ptr::eq(one.as_ref(), requirement.as_ref());
        if self.guarded_alone.iter().any(is_this) {
            return Ok(requirement.clone());
        }
        let names = requirement.arguments();
        let values: Vec<_> = names.into_iter().map(|name| (name, read(name))).collect();
        Ok(requirement.resolve(values.as_slice().into())?.into())
    }
}
