//! The registered operations are exactly those in the table.

use std::collections::BTreeMap;

use epicme::Scope;
use scopes_core::{Registry, ScopeCatalog, ScopeDeclaration};

use crate::client::ALL;
use crate::table::TABLE;

#[test]
fn every_operation_is_registered_with_its_requirement() {
    let registry = Registry::of_program();
    let registered: BTreeMap<_, _> = registry
        .operations()
        .iter()
        .map(|operation| {
            let place = (operation.kind, operation.name.to_string());
            (place, operation.requirement.to_string())
        })
        .collect();
    let expected: BTreeMap<_, _> = TABLE
        .iter()
        .map(|row| ((row.kind, row.name.to_owned()), row.requirement.to_owned()))
        .collect();
    assert_eq!(registered, expected);
    assert_eq!(registry.operations().len(), TABLE.len());
}

#[test]
fn the_catalog_declares_what_the_operations_take() {
    let declared = Scope::CATALOG.declarations().iter();
    let declared = declared.map(|scope| (scope.name(), scope.is_template()));
    let (templates, plain): (Vec<_>, Vec<_>) = declared.partition(|(_, is_template)| *is_template);
    let names: Vec<_> = plain.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.join(" "), ALL);
    let names: Vec<_> = templates.into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        ["notebooks:{notebook}:read", "notebooks:{notebook}:write"]
    );
    assert_eq!(Registry::of_program().scopes().to_string(), ALL);
    let baseline: Vec<_> = Scope::CATALOG
        .baseline()
        .map(ScopeDeclaration::name)
        .collect();
    assert_eq!(baseline, ["user:read"]);
}
