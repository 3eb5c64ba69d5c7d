//! Finds what an operation requires by the name that a client gives it. However many operations
//! there are, one is found in the same time.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::uri_template::UriTemplate;
use super::{OperationKind, ProtectedOperation, Shared};
use crate::scope::Requirement;

/// Everything that one operation requires: one requirement, or several of operations that have the
/// same name. Cheap to clone; that of one annotated function counts no references.
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
}

impl Index {
    pub(super) fn of(operations: &[Shared<ProtectedOperation>]) -> Self {
        let mut index = Self::default();
        let mut by_name: [HashMap<_, Vec<_>, RandomState>; OperationKind::ALL.len()] =
            Default::default();
        for operation in operations {
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
        let prefixes = self.prefixes.iter().filter_map(|length| uri.get(..*length));
        let requirements: Vec<_> = prefixes
            .filter_map(|prefix| self.templates.get(prefix))
            .flatten()
            .filter(|(template, _)| template.matches(uri))
            .map(|(_, requirement)| requirement.clone())
            .collect();
        (!requirements.is_empty()).then(|| requirements.into())
    }
}
