//! One decision that depends on an argument, against a lookup of the concrete name in a hash set.

#![allow(clippy::expect_used, reason = "a benchmark")]

use std::collections::HashSet;
use std::hint::black_box;

use scopes_core::{
    ArgumentValue, Arguments, Caller, Expression, RequiredScope, Requirement, ScopeCatalog,
    authorize_with, testing,
};
use scopes_tests::measure::Comparison;

#[derive(Clone, Copy, ScopeCatalog)]
enum Scope {
    #[scope("projects:write", implies(ProjectWrite))]
    ProjectsWrite,
    #[scope("projects:{project}:write", implies(ProjectRead))]
    ProjectWrite,
    #[scope("projects:{project}:read")]
    ProjectRead,
}

/// The limit makes the name and looks it up, as programs without this crate do.
const TARGET: f64 = 1.0;

fn main() {
    println!("arguments: ratios to `format!` and a HashSet<String>");
    for count in [8, 1_000, 100_000] {
        compare(count);
    }
    read();
}

fn leaf(name: &'static str) -> Expression {
    RequiredScope::declared_as(Scope::CATALOG, name)
        .expect("declared")
        .into()
}

fn names(count: usize) -> Vec<String> {
    (0..count)
        .map(|id| format!("projects:{id}:write"))
        .collect()
}

fn caller(names: &[String]) -> Caller {
    testing::caller("ada", &names.join(" ")).expect("scopes")
}

fn compare(count: usize) {
    let names = names(count);
    let caller = caller(&names);
    let strings: HashSet<String> = names.into_iter().collect();
    let project = (count / 2).to_string();
    let write = Requirement::one(leaf("projects:{project}:write"));
    let arms = [
        (vec!["read", "list"], leaf("projects:{project}:read")),
        (vec!["deploy"], leaf("projects:{project}:write")),
    ];
    let by_action = Requirement::scopes(Expression::matching("action", arms));
    let decide = |requirement: &Requirement, values: &[(&str, ArgumentValue)]| {
        authorize_with(black_box(requirement), values.into(), black_box(&caller)).is_ok()
    };
    let value = [("project", ArgumentValue::of(&project))];
    let values = [
        ("action", ArgumentValue::of("deploy")),
        ("project", ArgumentValue::of(&project)),
    ];
    assert!(decide(&write, &value) && decide(&by_action, &values));
    Comparison::new(format!("a token with {count} projects"))
        .case("format! and HashSet<String>", || {
            let name = format!("projects:{}:write", black_box(&project));
            black_box(&strings).contains(&name)
        })
        .within(TARGET, "authorize_with", || decide(&write, &value))
        .case("match and a placeholder", || decide(&by_action, &values))
        .case("with the value read from a `String`", || {
            decide(
                &write,
                &[("project", ArgumentValue::of(black_box(&project)))],
            )
        })
        .case("with the value read from a `u64`", || {
            decide(&write, &[("project", ArgumentValue::of(black_box(&4_u64)))])
        })
        .print();
}

/// What the first decision costs: every name of the token is looked at once.
fn read() {
    let requirement = Requirement::one(leaf("projects:{project}:write"));
    let value = [("project", ArgumentValue::of("4"))];
    for count in [8, 1_000, 100_000] {
        let names = names(count);
        let text = names.join(" ");
        let granted = scopes_core::GrantedScopes::parse(text.as_str()).expect("scopes");
        Comparison::new(format!(
            "the first decision on a token with {count} projects"
        ))
        .case("the names in a HashSet<&str>", || {
            let set: HashSet<&str> = black_box(&text).split(' ').collect();
            set.contains("projects:4:write")
        })
        .case("the first decision", || {
            let granted = black_box(&granted).clone();
            requirement.is_satisfied_with(&granted, Arguments::from(&value))
        })
        .print();
    }
}
