//! What can stand in the place of a placeholder, and that no value speaks for another one.

use proptest::prelude::*;
use scopes_core::{ArgumentProblem, ArgumentValue, Arguments, Requirement};
use serde::Serialize;
use serde_json::{Value, json};

use crate::catalog::{granted, leaf};

fn allowed(token: &str, value: ArgumentValue) -> bool {
    let requirement = Requirement::one(leaf("projects:{id}:write"));
    let values = [("id", value)];
    requirement
        .is_satisfied_with(&granted(token), Arguments::from(&values))
        .unwrap_or_default()
}

fn problem(value: ArgumentValue) -> Option<ArgumentProblem> {
    let requirement = Requirement::one(leaf("projects:{id}:write"));
    let values = [("id", value)];
    let decision = requirement.is_satisfied_with(&granted(""), Arguments::from(&values));
    decision.err().map(|error| error.problem())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16_384))]

    #[test]
    fn no_value_acts_on_the_project_of_another(
        held in "[!#-\\[\\]-~]{1,12}",
        value in prop_oneof!["[!-~]{1,12}", "\\PC{0,12}", "[0-9]:[a-z]{1,5}"],
    ) {
        let scope = format!("projects:{held}:write");
        if allowed(&scope, ArgumentValue::of(&value)) {
            prop_assert_eq!(&held, &value);
        }
    }

    #[test]
    fn a_value_that_can_stand_in_a_scope_is_found(value in "[A-Za-z0-9._~-]{1,128}") {
        prop_assume!(value != "." && value != "..");
        let scope = format!("projects:{value}:write");
        prop_assert!(allowed(&scope, ArgumentValue::of(&value)));
        let other = format!("projects:{value}x:write");
        prop_assert!(!allowed(&other, ArgumentValue::of(&value)));
    }
}

#[test]
fn scalars_are_the_text_of_their_json() {
    #[derive(Serialize)]
    #[serde(rename_all = "kebab-case")]
    enum Kind {
        TopSecret,
        Other(u8),
    }
    #[derive(Serialize)]
    struct Id(u64);
    let allowed = |text: &str, value| allowed(&format!("projects:{text}:write"), value);
    assert!(allowed("42", ArgumentValue::of(&42_u8)));
    assert!(allowed("42", ArgumentValue::of("42")));
    assert!(allowed("-7", ArgumentValue::of(&-7_i64)));
    assert!(allowed(
        "18446744073709551615",
        ArgumentValue::of(&u64::MAX)
    ));
    assert!(allowed(
        "-9223372036854775808",
        ArgumentValue::of(&i64::MIN)
    ));
    assert!(allowed("true", ArgumentValue::of(&true)));
    assert!(allowed("x", ArgumentValue::of(&'x')));
    assert!(allowed("9", ArgumentValue::of(&Id(9))));
    assert!(allowed("9", ArgumentValue::of(&Some(Id(9)))));
    assert!(allowed("top-secret", ArgumentValue::of(&Kind::TopSecret)));

    let not_scalar = Some(ArgumentProblem::NotScalar);
    assert_eq!(problem(ArgumentValue::of(&Kind::Other(1))), not_scalar);
    assert_eq!(problem(ArgumentValue::of(&None::<u8>)), not_scalar);
    assert_eq!(problem(ArgumentValue::of(&["a"])), not_scalar);
    assert_eq!(problem(ArgumentValue::of(&json!({ "a": 1 }))), not_scalar);
    let not_integer = Some(ArgumentProblem::NotInteger);
    for value in [json!(1.5), json!(1e3), json!(-0.0)] {
        assert_eq!(problem(ArgumentValue::of(&value)), not_integer, "{value}");
    }
    assert_eq!(problem(ArgumentValue::of(&u128::MAX)), not_integer);
    let long = "a".repeat(129);
    let too_long = Some(ArgumentProblem::TooLong);
    assert_eq!(problem(ArgumentValue::of(&long)), too_long);
}

#[test]
fn a_value_is_never_folded_trimmed_or_decoded() {
    let token = "projects:admin:write projects:a%62:write";
    for value in [
        "Admin",
        " admin",
        "admin ",
        "admin\u{0}",
        "adm\u{131}n",
        "ab",
    ] {
        assert!(!allowed(token, ArgumentValue::of(value)), "{value:?}");
    }
    assert!(allowed(token, ArgumentValue::of("a%62")));
    for value in [
        "", ".", "..", "a b", "a:b", "a/b", "*", "{p}", "a,b", "a=b", "a;b", "it's",
    ] {
        let problem = problem(ArgumentValue::of(value));
        assert_eq!(problem, Some(ArgumentProblem::NotAValue), "{value:?}");
    }
}

#[test]
fn values_of_json_are_those_of_rust() {
    for value in [
        json!("a"),
        json!(7),
        json!(-7),
        json!(true),
        json!(u64::MAX),
    ] {
        let same = match &value {
            Value::String(text) => ArgumentValue::of(text),
            Value::Bool(it) => ArgumentValue::of(it),
            number => ArgumentValue::of(&number.to_string()),
        };
        assert!(ArgumentValue::of(&value) == same, "{value}");
    }
}
