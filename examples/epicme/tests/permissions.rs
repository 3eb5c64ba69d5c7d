//! The permissions match `scopes.lock` and the report in the guide.

use epicme::Scope;
use scopes_core::report::Report;
use scopes_core::{GrantedScopes, ScopeCatalog as _};

#[test]
fn permissions() {
    scopes_core::assert_scopes_locked!();
}

/// The page to consent marks the scopes that delete.
#[test]
fn marks_are_those_of_scopes_that_allow_a_tool_that_deletes() {
    let report = Report::of_program();
    for declared in Scope::CATALOG.declarations() {
        let name = declared.name().replace("{notebook}", "1");
        let granted = GrantedScopes::parse(name.as_str()).expect("a scope");
        let allowed = report.permitted(Some(&granted));
        let deletes = allowed
            .iter()
            .any(|operation| operation.name.starts_with("delete_"));
        let scope: Scope = declared.name().parse().expect("declared");
        assert_eq!(scope.deletes(), deletes, "{name}");
    }
}

#[test]
fn the_guide_shows_the_report() {
    let page = include_str!("../../../docs/guide/review.md");
    let report = Report::of_program().plain_table();
    assert!(page.contains(report.trim()), "the page lacks\n{report}");
}
