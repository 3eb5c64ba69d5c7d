//! The decision against its definition, on every small case.

use proptest::prelude::*;
use scopes_core::testing::caller;
use scopes_core::{
    ArgumentValue, Arguments, AuthorizeError, Expression, GrantedScopes, Requirement,
    authorize_with,
};

use crate::catalog::{granted, holds, leaf};

const VALUES: [&str; 4] = ["1", "2", "write", "a:b"];
const NAMES: [&str; 10] = [
    "projects:write",
    "projects:1:write",
    "projects:2:read",
    "projects:list",
    "repos/1/2:write",
    "owners:1",
    "owners:2",
    "projects:{project}:write",
    "projects:write:write",
    "projects:a:b:write",
];

/// An expression, and what is written of it here.
#[derive(Clone, Debug)]
enum Shape {
    Leaf(&'static str),
    Any(Vec<Shape>),
    All(Vec<Shape>),
    Match(Vec<(Vec<&'static str>, Shape)>),
}

impl Shape {
    fn expression(&self) -> Expression {
        match self {
            Self::Leaf(name) => leaf(name),
            Self::Any(members) => Expression::any(members.iter().map(Self::expression)),
            Self::All(members) => Expression::all(members.iter().map(Self::expression)),
            Self::Match(arms) => {
                let arms = arms.iter();
                let arms = arms.map(|(values, arm)| (values.clone(), arm.expression()));
                Expression::matching("action", arms)
            }
        }
    }

    /// Whether the token is enough; `None` where an argument has no value that can be used.
    fn decide(&self, token: &str, a: &str, b: &str, action: &str) -> Option<bool> {
        let decide = |member: &Self| member.decide(token, a, b, action);
        match self {
            Self::Leaf(name) => {
                let is_value = |value: &str| !value.contains(':');
                if name.contains("{a}") && !is_value(a) || name.contains("{b}") && !is_value(b) {
                    return None;
                }
                Some(holds(token, &name.replace("{a}", a).replace("{b}", b)))
            }
            Self::Any(members) => {
                let answers: Option<Vec<bool>> = members.iter().map(decide).collect();
                Some(answers?.contains(&true))
            }
            Self::All(members) => {
                let answers: Option<Vec<bool>> = members.iter().map(decide).collect();
                Some(!members.is_empty() && !answers?.contains(&false))
            }
            Self::Match(arms) => {
                let named = arms.iter().find(|(values, _)| values.contains(&action));
                let arm = named.or_else(|| arms.iter().find(|(values, _)| values.is_empty()));
                decide(&arm?.1)
            }
        }
    }
}

fn any_shape() -> impl Strategy<Value = Shape> {
    let leaf = prop::sample::select(vec![
        "projects:write",
        "projects:{a}:write",
        "projects:{b}:write",
        "projects:{a}:read",
        "projects:list",
        "repos/{a}/{b}:write",
        "repos/{b}/{a}:write",
        "owners:{b}",
    ]);
    leaf.prop_map(Shape::Leaf)
        .prop_recursive(3, 12, 3, |inner| {
            let members = prop::collection::vec(inner.clone(), 0..4);
            let arms = (inner.clone(), inner.clone(), inner, 0..3_usize);
            prop_oneof![
                members.clone().prop_map(Shape::Any),
                members.prop_map(Shape::All),
                arms.prop_map(|(one, two, other, count)| {
                    let arms = [(vec!["1", "write"], one), (vec!["2"], two), (vec![], other)];
                    Shape::Match(arms.into_iter().skip(count).collect())
                }),
            ]
        })
}

fn any_token() -> impl Strategy<Value = String> {
    prop::sample::subsequence(NAMES.to_vec(), 0..4).prop_map(|names| names.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn the_decision_follows_the_definition(shape in any_shape(), token in any_token()) {
        let requirement = Requirement::scopes(shape.expression());
        let caller = caller("ada", &token).expect("scopes");
        let scopes = granted(&token);
        for a in VALUES {
            for (b, action) in VALUES.into_iter().zip(["1", "2", "write", "other"]) {
                let values = [a, b, action].map(ArgumentValue::of);
                let [one, two, three] = values;
                let values = [("a", one), ("b", two), ("action", three)];
                let arguments = Arguments::from(&values);
                let expected = shape.decide(&token, a, b, action);
                let decision = authorize_with(&requirement, arguments, &caller);
                prop_assert_eq!(decision.is_ok(), expected == Some(true), "{:?}", requirement);
                let invalid = matches!(decision, Err(AuthorizeError::InvalidArgument(_)));
                prop_assert_eq!(invalid, expected.is_none(), "{:?}", requirement);

                // The requirement of this very call says the same, and what it asks for is enough.
                let resolved = requirement.resolve(arguments);
                prop_assert_eq!(resolved.is_ok(), expected.is_some());
                if let Ok(resolved) = resolved {
                    prop_assert_eq!(Some(resolved.is_satisfied_by(&scopes)), expected);
                    prop_assert!(!resolved.takes_arguments());
                    let asked = GrantedScopes::from(&resolved.alternative(&scopes));
                    if !asked.as_str().is_empty() {
                        let enough = requirement.is_satisfied_with(&asked, arguments);
                        prop_assert_eq!(enough, Ok(true));
                    }
                    prop_assert!(!asked.names().any(|name| name.contains('{')), "{}", asked);
                }
                if expected == Some(true) {
                    prop_assert!(requirement.may_be_satisfied_by(&scopes));
                }
            }
        }
        // Without arguments, nothing that depends on them is allowed.
        if requirement.takes_arguments() {
            prop_assert!(!requirement.is_satisfied_by(&scopes) || requirement.arguments().is_empty());
        }
    }
}

#[test]
fn the_plain_scope_is_asked_for_where_one_implies_the_template() {
    let requirement = Requirement::one(leaf("projects:{id}:write"));
    let values = [("id", ArgumentValue::of(&42))];
    let resolved = requirement
        .resolve(Arguments::from(&values))
        .expect("a value");
    assert_eq!(
        resolved.sentence(),
        "At least one of: projects:write projects:42:write is required."
    );
    assert_eq!(
        resolved.alternative(&granted("")).to_string(),
        "projects:write"
    );
    assert_eq!(
        resolved.written().to_string(),
        "projects:{id}:write",
        "logs have no values"
    );

    let requirement = Requirement::one(leaf("owners:{id}"));
    let resolved = requirement
        .resolve(Arguments::from(&values))
        .expect("a value");
    assert_eq!(resolved.alternative(&granted("")).to_string(), "owners:42");
}

#[test]
fn an_argument_without_a_value_yet_stands_for_every_value() {
    let requirement = Requirement::one(leaf("projects:{id}:write"));
    let values = [("id", ArgumentValue::every())];
    let arguments = Arguments::from(&values);
    for (token, allowed) in [
        ("projects:write", true),
        ("projects:1:write projects:2:write", false),
        ("", false),
    ] {
        let decision = requirement.is_satisfied_with(&granted(token), arguments);
        assert_eq!(decision, Ok(allowed), "{token}");
    }
    let resolved = requirement.resolve(arguments).expect("a plain scope");
    assert_eq!(resolved.to_string(), "projects:write");
}
