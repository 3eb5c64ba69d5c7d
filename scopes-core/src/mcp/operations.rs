//! What is required for an operation that a message names.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::uri_template::UriTemplate;
use crate::authorize::authorize;
use crate::caller::Caller;
use crate::error::AuthorizeError;
use crate::registry::{OperationKind, ProtectedOperation, Registry};
use crate::scope::Requirement;

/// What is required for one operation, all of it. A call shares it: it is not copied for each.
pub(super) type Requirements = Arc<[&'static Requirement]>;

/// The operations of one server by the names under which clients reach them. However many there
/// are, one is found in the same time.
#[derive(Debug, Default)]
pub struct Operations {
    by_name: HashMap<(OperationKind, &'static str), Requirements>,
    /// By what stands before the first expression.
    templates: HashMap<&'static str, Vec<(UriTemplate, &'static ProtectedOperation)>>,
    /// The lengths of what stands before first expressions.
    prefixes: Vec<usize>,
}

impl Operations {
    /// The operations of `registry`, all taken for those of one server: of several in one program,
    /// choose with [`Registry::of_server`].
    #[must_use]
    pub fn of(registry: &Registry) -> Self {
        let mut operations = Self::default();
        let mut by_name: HashMap<_, Vec<_>> = HashMap::new();
        for operation in registry.operations() {
            let place = (operation.kind, operation.name);
            by_name
                .entry(place)
                .or_default()
                .push(operation.requirement);
            if operation.kind == OperationKind::Resource
                && let Some(template) = UriTemplate::parse(operation.name)
            {
                let prefix = operation.name.split('{').next().unwrap_or_default();
                let alike = operations.templates.entry(prefix).or_default();
                alike.push((template, operation));
                operations.prefixes.push(prefix.len());
            }
        }
        let shared = by_name.into_iter().map(|(place, all)| (place, all.into()));
        operations.by_name = shared.collect();
        operations.prefixes.sort_unstable();
        operations.prefixes.dedup();
        operations
    }

    /// What is required for the operation that clients reach by `name`, all of it; nothing where it
    /// is not known. The name of a resource is its URI, or one that its template stands for.
    #[must_use]
    pub fn requirements(&self, kind: OperationKind, name: &str) -> Arc<[&'static Requirement]> {
        match self.by_name.get(&(kind, name)) {
            Some(requirements) => Arc::clone(requirements),
            None if kind == OperationKind::Resource => self.of_templates(name).into(),
            None => Arc::default(),
        }
    }

    /// What the most literal of the templates that stand for `uri` require.
    fn of_templates(&self, uri: &str) -> Vec<&'static Requirement> {
        let mut best = 0;
        let mut requirements = Vec::new();
        let prefixes = self.prefixes.iter().filter_map(|length| uri.get(..*length));
        for (template, operation) in prefixes
            .filter_map(|prefix| self.templates.get(prefix))
            .flatten()
            .filter(|(template, _)| template.matches(uri))
        {
            let literal = template.literal_len();
            if literal > best {
                best = literal;
                requirements.clear();
            }
            if literal == best {
                requirements.push(operation.requirement);
            }
        }
        requirements
    }
}

/// The requirements, each once, however often a message names what they are of.
pub(super) fn distinct<'a>(
    requirements: impl IntoIterator<Item = &'a Requirement>,
) -> Vec<&'a Requirement> {
    let mut seen = HashSet::new();
    let mut requirements: Vec<_> = requirements.into_iter().collect();
    requirements.retain(|one| seen.insert((one.is_public(), one.expression())));
    requirements
}

/// Decides on everything that is required, and refuses with all of it: a client is asked once.
///
/// # Errors
///
/// That of [`authorize`].
pub(super) fn authorize_all(
    requirements: &[&Requirement],
    caller: &Caller,
) -> Result<(), AuthorizeError> {
    let refusal_of = |requirement: &Requirement| authorize(requirement, caller).err();
    let Some(refusal) = requirements.iter().find_map(|one| refusal_of(one)) else {
        return Ok(());
    };
    if requirements.len() == 1 {
        return Err(refusal);
    }
    let expressions = requirements
        .iter()
        .filter_map(|one| one.expression().cloned());
    Err(refusal_of(&Requirement::all(expressions)).unwrap_or(refusal))
}
