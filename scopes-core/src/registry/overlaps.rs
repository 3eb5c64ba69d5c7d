//! Scopes of different catalogs that match one name. Within a catalog they are compile errors.

use std::collections::HashMap;

use super::problem::RegistryProblem;
use crate::scope::catalog::template;
use crate::scope::{Catalog, ScopeDeclaration};

type Declared = (&'static Catalog, &'static ScopeDeclaration);

/// Returns a problem for each scope that a template of another catalog overlaps.
///
/// Names that differ only in what their placeholders are called are one name, which several catalogs
/// can declare, as they can a name without placeholders.
pub(super) fn between(catalogs: &[&'static Catalog]) -> Vec<RegistryProblem> {
    let declared = catalogs.iter().flat_map(|catalog| of(catalog));
    let declared: Vec<Declared> = declared.collect();
    let separators = |scope: &'static ScopeDeclaration| -> Vec<&str> {
        template::separators(scope.name()).collect()
    };
    // Names with other separators never overlap, so that plain names cost no pairs.
    let mut templates: HashMap<Vec<&str>, Vec<usize>> = HashMap::new();
    for (place, (_, scope)) in declared.iter().enumerate() {
        if scope.is_template() {
            templates.entry(separators(scope)).or_default().push(place);
        }
    }
    let mut problems = Vec::new();
    for (place, (other_catalog, other)) in declared.iter().enumerate() {
        let near = templates.get(&separators(other)).into_iter().flatten();
        // Of two templates, the later one is the other.
        let near = near.filter(|&&at| !other.is_template() || at < place);
        let near = near.map(|&at| declared[at]);
        for (catalog, scope) in near.filter(|(catalog, _)| !catalog.is(other_catalog)) {
            if template::is_same_shape(scope.name(), other.name()) {
                continue;
            }
            let name = template::overlap(scope.name(), other.name());
            problems.extend(name.map(|name| RegistryProblem::OverlappingScopes {
                catalog,
                template: scope,
                other_catalog,
                other,
                name,
            }));
        }
    }
    problems
}

/// Returns the template that stands for `name`, a name that no catalog declares.
pub(super) fn template_for(
    catalogs: &[&'static Catalog],
    name: &str,
) -> Option<&'static ScopeDeclaration> {
    let declared = catalogs.iter().flat_map(|catalog| of(catalog));
    let mut templates = declared.filter(|(_, scope)| scope.is_template());
    let overlaps = |(_, scope): &Declared| template::overlap(scope.name(), name).is_some();
    templates.find(overlaps).map(|(_, scope)| scope)
}

fn of(catalog: &'static Catalog) -> impl Iterator<Item = Declared> {
    let declarations = catalog.declarations().iter();
    declarations.map(move |declaration| (catalog, declaration))
}
