//! Random requirements with arguments: what is written is read back, and each value has its case.

use proptest::prelude::*;
use scopes_core::report::Report;
use scopes_core::report::diff::Diff;
use scopes_core::{ArgumentValue, Arguments, Expression, GrantedScopes, Requirement};

use crate::arguments::{report_of, scope};

/// Any requirement over the catalog, with the arguments `project`, `id` and `action`.
fn any_expression() -> impl Strategy<Value = Expression> {
    let names = proptest::sample::select(vec![
        "projects:write",
        "projects:{project}:write",
        "projects:{id}:write",
        "projects:{project}:read",
        "devices:read",
        "devices:write",
        "support:{id}:{project}",
    ]);
    let text = prop_oneof![
        4 => proptest::sample::select(vec!["1", "2", "list", "get"]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    names.prop_map(scope).prop_recursive(4, 16, 3, move |inner| {
        let members = proptest::collection::vec(inner.clone(), 1..4);
        let argument = prop_oneof![
            6 => proptest::sample::select(vec!["project", "id", "action"]).prop_map(str::to_owned),
            1 => any::<String>(),
        ];
        let values = proptest::collection::btree_set(text.clone(), 1..4);
        let arms = proptest::collection::vec((values, inner.clone()), 1..3);
        let choice = (argument, arms, proptest::option::of(inner)).prop_map(|(argument, arms, other)| {
            let mut seen = std::collections::BTreeSet::new();
            let arms = arms.into_iter().filter_map(|(values, requires)| {
                let values: Vec<_> = values.into_iter().filter(|value| seen.insert(value.clone())).collect();
                (!values.is_empty()).then_some((values, requires))
            });
            let mut arms: Vec<_> = arms.collect();
            arms.extend(other.map(|requires| (Vec::new(), requires)));
            Expression::matching(argument, arms)
        });
        prop_oneof![
            members.clone().prop_map(Expression::any),
            members.prop_map(Expression::all),
            choice,
        ]
    })
}

/// An argument and its values; none for all that no arm has.
type Known = (String, Vec<String>);

struct Case {
    values: Vec<Known>,
    alternatives: Vec<Vec<String>>,
}

/// The cases of the one operation, as its JSON has them.
fn cases(report: &Report) -> Vec<Case> {
    let json = serde_json::to_value(report).expect("JSON");
    let operation = &json["servers"][0]["operations"][0];
    let texts = |value: &serde_json::Value| -> Vec<String> {
        let texts = value.as_array().into_iter().flatten();
        let texts = texts.map(|text| text.as_str().expect("a text").to_owned());
        texts.collect()
    };
    let case = |json: &serde_json::Value| Case {
        values: json["values"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|known| {
                let argument = known["argument"].as_str().expect("a name");
                (argument.to_owned(), texts(&known["values"]))
            })
            .collect(),
        alternatives: json["alternatives"]
            .as_array()
            .expect("sets")
            .iter()
            .map(texts)
            .collect(),
    };
    match operation["cases"].as_array() {
        Some(cases) => cases.iter().map(case).collect(),
        None => vec![case(operation)],
    }
}

proptest! {
    #[test]
    fn every_requirement_is_read_back(expression in any_expression()) {
        let report = report_of(expression);
        let locked = Report::from_lock(&report.lock()).expect("our own");
        prop_assert_eq!(locked.lock(), report.lock());
        prop_assert_eq!(Diff::between(&locked, &report), Diff::default());
        let read: Report = serde_json::from_str(&report.json()).expect("our own JSON");
        prop_assert_eq!(&read, &report);
    }

    #[test]
    fn a_case_is_what_the_arguments_choose(
        expression in any_expression(),
        values in proptest::collection::vec(proptest::sample::select(vec!["1", "2", "list", "get", "other"]), 3),
        token in proptest::collection::vec(proptest::sample::select(vec![
            "projects:write", "projects:1:write", "projects:2:read", "projects:other:write",
            "devices:read", "devices:write", "support:1:2", "support:2:other",
        ]), 0..4),
    ) {
        let names = ["project", "id", "action"];
        let given: Vec<_> = names.iter().zip(&values).map(|(name, value)| (*name, ArgumentValue::of(*value))).collect();
        let requirement = Requirement::scopes(expression.clone());
        prop_assume!(requirement.arguments().iter().all(|argument| names.contains(argument)));
        let granted = |names: &str| GrantedScopes::parse(names).expect("scopes");
        let decided = requirement.is_satisfied_with(&granted(&token.join(" ")), Arguments::from(given.as_slice()));

        let cases = cases(&report_of(expression));
        let value = |argument: &str| {
            let place = names.iter().position(|name| *name == argument);
            place.map_or("", |place| values[place])
        };
        // The values of one argument stand in cases that are the same up to there.
        let is_named = |before: &[Known], value: &str| {
            let siblings = cases.iter().filter(|case| case.values.starts_with(before));
            let values = siblings.filter_map(|case| case.values.get(before.len()));
            values.flat_map(|known| &known.1).any(|one| one == value)
        };
        let is_chosen = |case: &&Case| {
            case.values.iter().enumerate().all(|(number, (argument, named))| {
                let value = value(argument);
                if named.is_empty() {
                    !is_named(&case.values[..number], value)
                } else {
                    named.iter().any(|one| one == value)
                }
            })
        };
        // These values belong to one case; to none where they are denied.
        let chosen: Vec<&Case> = cases.iter().filter(is_chosen).collect();
        prop_assert!(chosen.len() <= 1, "{requirement}");
        if decided == Ok(true) {
            prop_assert!(!chosen.is_empty(), "{requirement}");
        }
        for set in chosen.iter().flat_map(|case| &case.alternatives) {
            // With the names that the set stands for, the call is allowed.
            let mut set = set.join(" ");
            for (name, value) in names.iter().zip(&values) {
                set = set.replace(&format!("{{{name}}}"), value);
            }
            let granted = granted(&set);
            let decided = requirement.is_satisfied_with(&granted, Arguments::from(given.as_slice()));
            prop_assert_eq!(decided, Ok(true), "{} with {}", requirement, granted);
        }
    }
}
