//! The decision and the alternative, against evaluation by the definition and brute force.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::collections::BTreeSet;

use proptest::prelude::*;
use scopes_core::{Expression, GrantedScopes, Requirement, ScopeName};
use scopes_tests::vocabulary::{Scope, Shape, any_scopes, any_shape, subsets, text, with_implied};

fn granted(scopes: &BTreeSet<Scope>) -> GrantedScopes {
    GrantedScopes::parse(text(scopes)).expect("declared names follow the grammar")
}

/// The expression without the ways that need a hidden scope; `None` if none is left.
fn published(shape: &Shape) -> Option<Shape> {
    match shape {
        Shape::Scope(Scope::Audit) => None,
        Shape::Scope(scope) => Some(Shape::Scope(*scope)),
        Shape::Any(members) => {
            let open: Vec<_> = members.iter().filter_map(published).collect();
            (!open.is_empty()).then_some(Shape::Any(open))
        }
        Shape::All(members) => {
            let open: Option<Vec<_>> = members.iter().map(published).collect();
            open.filter(|open| !open.is_empty()).map(Shape::All)
        }
    }
}

proptest! {
    #[test]
    fn the_decision_follows_the_definition(shape in any_shape(), scopes in any_scopes()) {
        let requirement = Requirement::scopes(shape.expression());
        let expected = shape.is_satisfied_by(&with_implied(&scopes));
        prop_assert_eq!(requirement.is_satisfied_by(&granted(&scopes)), expected);
    }

    #[test]
    fn undeclared_scopes_are_matched_by_name_alone(shape in any_shape(), scopes in any_scopes()) {
        fn undeclared(shape: &Shape) -> Expression {
            match shape {
                Shape::Scope(scope) => Expression::from(ScopeName::from_static(scope.as_str())),
                Shape::Any(members) => Expression::any(members.iter().map(undeclared)),
                Shape::All(members) => Expression::all(members.iter().map(undeclared)),
            }
        }
        let requirement = Requirement::scopes(undeclared(&shape));
        prop_assert_eq!(requirement.is_satisfied_by(&granted(&scopes)), shape.is_satisfied_by(&scopes));
    }

    #[test]
    fn more_scopes_never_turn_allowed_into_denied(
        shape in any_shape(), scopes in any_scopes(), more in any_scopes(),
    ) {
        let requirement = Requirement::scopes(shape.expression());
        let all = scopes.union(&more).copied().collect();
        prop_assert!(
            !requirement.is_satisfied_by(&granted(&scopes)) || requirement.is_satisfied_by(&granted(&all))
        );
    }

    #[test]
    fn the_alternative_satisfies_the_requirement(shape in any_shape(), scopes in any_scopes()) {
        let requirement = Requirement::scopes(shape.expression());
        let alternative = requirement.alternative(&granted(&scopes));
        let possible = shape.is_satisfied_by(&shape.scopes());
        prop_assert_eq!(requirement.is_satisfied_by(&GrantedScopes::from(&alternative)), possible);
        prop_assert_eq!(alternative.is_empty(), !possible);
    }

    #[test]
    fn the_alternative_has_the_fewest_missing(shape in any_shape(), scopes in any_scopes()) {
        let held = with_implied(&scopes);
        let missing = |way: &BTreeSet<Scope>| way.difference(&held).count();
        let open = published(&shape).unwrap_or_else(|| shape.clone());
        let ways = subsets(&open.scopes());
        let fewest = ways.iter().filter(|way| open.is_satisfied_by(way)).map(missing).min();

        let alternative = Requirement::scopes(shape.expression()).alternative(&granted(&scopes));
        let alternative: BTreeSet<Scope> =
            alternative.iter().map(|scope| scope.as_str().parse().expect("declared")).collect();
        prop_assert_eq!(missing(&alternative), fewest.unwrap_or_default());
    }
}

#[test]
fn between_equals_the_first_written_is_asked_for() {
    let alternative = |requirement: Requirement, scopes: &str| {
        let granted = GrantedScopes::parse(scopes).expect("valid");
        requirement.alternative(&granted).to_string()
    };
    let either = Requirement::any([Scope::TagsWrite, Scope::EntriesRead]);
    assert_eq!(alternative(either, ""), "tags:write");

    let nested = Requirement::all([
        Expression::any([Scope::EntriesRead, Scope::TagsRead]),
        Expression::any([Scope::AnalyticsView, Scope::TagsRead]),
    ]);
    assert_eq!(
        alternative(nested.clone(), ""),
        "tags:read",
        "one scope serves both groups"
    );
    assert_eq!(
        alternative(nested, "analytics:view"),
        "entries:read analytics:view",
        "the scope held counts for nothing, the first of the others is taken",
    );
}

#[test]
fn a_hidden_scope_is_asked_for_only_where_nothing_else_helps() {
    let granted = GrantedScopes::default();
    let either = Requirement::any([
        Expression::from(Scope::Audit),
        Expression::all([Scope::EntriesRead, Scope::TagsRead]),
    ]);
    assert_eq!(
        either.alternative(&granted).to_string(),
        "entries:read tags:read"
    );
    assert_eq!(
        either.sentence(),
        "All of: entries:read tags:read are required."
    );

    let only = Requirement::one(Scope::Audit);
    assert_eq!(only.alternative(&granted).to_string(), "audit");
    assert_eq!(only.sentence(), "audit is required.");
}

#[test]
fn requirements_without_bound_are_answered_in_bounded_time() {
    let groups = (0..40).map(|group| {
        let scope = |way: u8| ScopeName::try_from(format!("group{group}:way{way}")).expect("valid");
        Expression::any([scope(0), scope(1), scope(2)])
    });
    let requirement = Requirement::all(groups);
    let granted = GrantedScopes::parse("group3:way2 group39:way1").expect("valid");
    let alternative = requirement.alternative(&granted);
    assert_eq!(alternative.len(), 40);
    assert!(alternative.contains("group3:way2") && alternative.contains("group39:way1"));
    assert!(requirement.is_satisfied_by(&GrantedScopes::from(&alternative)));
}

#[test]
fn empty_groups_let_nobody_in() {
    let everything = granted(&Scope::ALL.iter().copied().collect());
    for requirement in [
        Requirement::any(Vec::<Scope>::new()),
        Requirement::all(Vec::<Scope>::new()),
        Requirement::all([
            Expression::from(Scope::UserRead),
            Expression::all(Vec::<Scope>::new()),
        ]),
        Requirement::any([Expression::all(Vec::<Scope>::new())]),
    ] {
        assert!(!requirement.is_satisfied_by(&everything), "{requirement}");
        assert!(
            requirement.alternative(&everything).is_empty(),
            "{requirement}"
        );
    }
    let audit = Requirement::any([Expression::all(Vec::<Scope>::new()), Scope::Audit.into()]);
    assert_eq!(
        audit.alternative(&GrantedScopes::default()).to_string(),
        "audit"
    );
}

#[test]
fn sentences() {
    let sentence = |requirement: Requirement| requirement.sentence();
    assert_eq!(
        sentence(Requirement::one(Scope::EntriesRead)),
        "entries:read is required."
    );
    assert_eq!(
        sentence(Requirement::any([Scope::EntriesRead, Scope::EntriesWrite])),
        "At least one of: entries:read entries:write is required.",
    );
    assert_eq!(
        sentence(Requirement::all([Scope::EntriesRead, Scope::TagsRead])),
        "All of: entries:read tags:read are required.",
    );
    assert_eq!(
        sentence(Requirement::all([
            Expression::from(Scope::EntriesWrite),
            Expression::any([Scope::TagsRead, Scope::TagsWrite]),
        ])),
        "Required: entries:write and (tags:read or tags:write).",
    );
    assert_eq!(
        sentence(Requirement::any([Scope::UserRead])),
        "user:read is required."
    );
    assert_eq!(
        sentence(Requirement::authenticated()),
        "A valid access token is required."
    );
    assert_eq!(
        sentence(Requirement::public()),
        "No access token is required."
    );
}
