//! Tokens with many names.

use scopes_core::{ArgumentValue, Arguments, Requirement};

use crate::catalog::{granted, leaf};

#[test]
fn a_token_with_a_hundred_thousand_projects_grants_these_and_no_other() {
    let names: Vec<String> = (0..100_000)
        .map(|id| format!("projects:{id}:write"))
        .collect();
    let token = granted(&names.join(" "));
    let write = Requirement::one(leaf("projects:{id}:write"));
    let read = Requirement::one(leaf("projects:{id}:read"));
    for id in [0, 1, 99, 5_000, 99_999, 100_000, 1_000_000] {
        let values = [("id", ArgumentValue::of(&id))];
        for requirement in [&write, &read] {
            let allowed = requirement.is_satisfied_with(&token, Arguments::from(&values));
            assert_eq!(allowed, Ok(id < 100_000), "{id}");
        }
    }
    assert!(Requirement::one(leaf("projects:list")).is_satisfied_by(&token));
    assert!(!Requirement::one(leaf("projects:write")).is_satisfied_by(&token));
}
