//! A report says what is decided.

use proptest::prelude::*;
use scopes_core::report::Report;
use scopes_core::{
    Caller, GrantedScopes, OperationKind, ProtectedOperation, Registry, Requirement, ScopeName,
    ScopeSet, authorize, testing,
};
use scopes_tests::vocabulary::{Scope, Shape, any_scopes, any_shape, subsets, text, with_implied};

use crate::journal;

fn names(operations: &[&scopes_core::report::ReportedOperation]) -> Vec<String> {
    let names = operations.iter().map(|operation| operation.name.clone());
    names.collect()
}

/// The report of one operation that requires `requirement`.
fn report_of(requirement: Requirement) -> (Report, &'static Requirement) {
    let requirement: &'static Requirement = Box::leak(Box::new(requirement));
    let operation = ProtectedOperation::new(OperationKind::Tool, "operation", requirement);
    let operation: &'static ProtectedOperation = Box::leak(Box::new(operation));
    (
        Report::from_registry(&Registry::from_iter([operation])),
        requirement,
    )
}

#[test]
fn what_a_set_allows_is_what_is_authorized() {
    let report = journal::report();
    let registry = Registry::of_program();
    assert_eq!(registry.operations().len(), 8);
    for scopes in subsets(&Scope::ALL.iter().copied().collect()) {
        let scopes = text(&scopes);
        let caller = testing::caller("ada", &scopes).expect("valid scopes");
        let allowed = registry.operations().into_iter();
        let allowed =
            allowed.filter(|operation| authorize(&operation.requirement, &caller).is_ok());
        let allowed: Vec<_> = allowed
            .map(|operation| operation.name.to_string())
            .collect();
        let granted = GrantedScopes::parse(scopes.as_str()).expect("valid scopes");
        assert_eq!(
            names(&report.permitted(Some(&granted))),
            allowed,
            "{scopes}"
        );
    }
    let anonymous = Caller::anonymous();
    let allowed = registry.operations().into_iter();
    let allowed = allowed.filter(|operation| authorize(&operation.requirement, &anonymous).is_ok());
    assert_eq!(report.permitted(None).len(), allowed.count());
    assert_eq!(names(&report.permitted(None)), ["report::journal::ping"]);
}

#[test]
fn what_is_published_names_no_hidden_scope_and_nothing_else_is_lost() {
    let published = journal::report().published();
    for text in [
        published.table(),
        published.markdown(),
        published.json(),
        published.csv(),
        published.lock(),
    ] {
        assert!(!text.contains("audit"), "{text}");
        assert!(!text.contains("administrators did"), "{text}");
    }
    let registry = Registry::of_program();
    for scopes in subsets(&Scope::ALL.iter().copied().collect()) {
        if scopes.contains(&Scope::Audit) {
            continue;
        }
        let scopes = text(&scopes);
        let granted = GrantedScopes::parse(scopes.as_str()).expect("valid scopes");
        let allowed = registry.operations().into_iter();
        let allowed = allowed.filter(|operation| operation.requirement.is_satisfied_by(&granted));
        let allowed: Vec<_> = allowed
            .map(|operation| operation.name.to_string())
            .collect();
        assert_eq!(
            names(&published.permitted(Some(&granted))),
            allowed,
            "{scopes}"
        );
    }
}

/// The least sets of scopes for the operation at this place, all of which the report lists.
fn alternatives(report: &Report, place: usize) -> Vec<ScopeSet> {
    let report = serde_json::to_value(report).expect("JSON");
    let servers = report["servers"].as_array().expect("servers").iter();
    let mut operations =
        servers.flat_map(|server| server["operations"].as_array().expect("operations"));
    let operation = operations.nth(place).expect("it is there");
    assert_eq!(operation["alternatives_complete"], true);
    let sets = operation["alternatives"].as_array().expect("a list").iter();
    let sets = sets.map(|set| {
        let names = set.as_array().expect("a list").iter();
        let names = names.map(|name| name.as_str().expect("a name").parse::<ScopeName>());
        names.collect::<Result<_, _>>().expect("valid names")
    });
    sets.collect()
}

#[test]
fn the_least_sets_of_the_journal() {
    let report = journal::report();
    let least = |name: &str| -> Vec<String> {
        let mut operations = report.operations().iter();
        let place = operations.position(|operation| operation.name.ends_with(name));
        let sets = alternatives(&report, place.expect("it is there"));
        sets.iter().map(ScopeSet::to_string).collect()
    };
    assert_eq!(least("list_entries"), ["entries:read"]);
    assert_eq!(least("create_entry"), ["entries:write tags:read"]);
    assert_eq!(least("read_statistics"), ["audit", "admin"]);
    assert_eq!(least("who_am_i"), [""]);
}

/// Whether `shape` admits the scopes, by the definition.
fn admits(shape: &Shape, scopes: &std::collections::BTreeSet<Scope>) -> bool {
    shape.is_satisfied_by(&with_implied(scopes))
}

proptest! {
    #[test]
    fn alternatives_are_least_and_all(shape in any_shape()) {
        let (report, requirement) = report_of(Requirement::scopes(shape.expression()));
        let sets: Vec<GrantedScopes> = alternatives(&report, 0).iter().map(Into::into).collect();
        let held = |scopes: &GrantedScopes| {
            let scopes = scopes.names().filter_map(|name| name.parse().ok());
            with_implied(&scopes.collect())
        };
        for (place, set) in sets.iter().enumerate() {
            prop_assert!(requirement.is_satisfied_by(set));
            for (other_place, other) in sets.iter().enumerate() {
                prop_assert!(place == other_place || !held(other).is_subset(&held(set)));
            }
        }
        for scopes in subsets(&Scope::ALL.iter().copied().collect()) {
            let all = with_implied(&scopes);
            let is_listed = sets.iter().any(|set| held(set).is_subset(&all));
            prop_assert_eq!(is_listed, admits(&shape, &scopes));
        }
    }

    #[test]
    fn what_the_report_permits_is_what_is_decided(shape in any_shape(), scopes in any_scopes()) {
        let (report, requirement) = report_of(Requirement::scopes(shape.expression()));
        let granted = GrantedScopes::parse(text(&scopes)).expect("valid scopes");
        prop_assert_eq!(
            report.permitted(Some(&granted)).len() == 1,
            requirement.is_satisfied_by(&granted)
        );
    }
}

#[test]
fn a_name_that_no_catalog_declares_is_a_scope_of_its_own() {
    let undeclared = ScopeName::from_static("entries:read");
    let both = Requirement::all([
        scopes_core::Expression::from(undeclared),
        scopes_core::Expression::from(Scope::EntriesRead),
    ]);
    let (report, requirement) = report_of(both);
    for scopes in ["entries:read", "entries:write", "admin", ""] {
        let granted = GrantedScopes::parse(scopes).expect("valid scopes");
        let expected = requirement.is_satisfied_by(&granted);
        assert_eq!(
            report.permitted(Some(&granted)).len() == 1,
            expected,
            "{scopes}"
        );
    }
    let json = report.json();
    assert!(json.contains("entries:read (undeclared)"), "{json}");
    let read: Report = serde_json::from_str(&json).expect("JSON of our own");
    assert_eq!(read, report);
    assert_eq!(
        Report::from_lock(&report.lock())
            .expect("our own")
            .operations()
            .len(),
        1
    );
}
