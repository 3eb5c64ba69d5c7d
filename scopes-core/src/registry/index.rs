//! Finds what an operation requires by the name that a client gives it. However many operations
//! there are, one is found in the same time.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use indexmap::{Equivalent, IndexMap};

use super::uri_template::UriTemplate;
use super::{OperationKind, ProtectedOperation, Shared};
use crate::scope::Requirement;

/// Everything that one operation requires. A call shares it: it is not copied for each.
pub type Requirements = Arc<[Shared<Requirement>]>;

#[derive(Debug, Default)]
pub(super) struct Index {
    by_name: IndexMap<(OperationKind, Cow<'static, str>), Requirements>,
    /// By the literal text before the first expression.
    templates: HashMap<String, Vec<(UriTemplate, Shared<Requirement>)>>,
    /// The lengths of the literal texts before first expressions.
    prefixes: Vec<usize>,
}

/// What an operation is looked up by.
#[derive(PartialEq)]
struct Key<'a>(OperationKind, &'a str);

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0, self.1).hash(state);
    }
}

impl Equivalent<(OperationKind, Cow<'static, str>)> for Key<'_> {
    fn equivalent(&self, key: &(OperationKind, Cow<'static, str>)) -> bool {
        self.0 == key.0 && self.1 == key.1
    }
}

impl Index {
    pub(super) fn of(operations: &[Shared<ProtectedOperation>]) -> Self {
        let mut index = Self::default();
        let mut by_name: IndexMap<_, Vec<_>> = IndexMap::new();
        for operation in operations {
            let name = operation.name.clone();
            by_name
                .entry((operation.kind, name))
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
        let shared = by_name.into_iter().map(|(name, all)| (name, all.into()));
        index.by_name = shared.collect();
        index.prefixes.sort_unstable();
        index.prefixes.dedup();
        index
    }

    pub(super) fn requirements(&self, kind: OperationKind, name: &str) -> Option<Requirements> {
        match self.by_name.get(&Key(kind, name)) {
            Some(requirements) => Some(Arc::clone(requirements)),
            None if kind == OperationKind::Resource => self.of_templates(name),
            None => None,
        }
    }

    /// What all templates that match `uri` require: which of them the server takes is not known.
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
