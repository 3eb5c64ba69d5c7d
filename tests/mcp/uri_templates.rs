//! Which template a URI belongs to, against regular expressions.

use proptest::prelude::*;
use scopes_core::{OperationKind, ProtectedOperation, Registry, Requirement};

fn registry(templates: &[String]) -> Registry {
    templates
        .iter()
        .map(|template| {
            let requirement = Requirement::authenticated();
            let kind = OperationKind::Resource;
            ProtectedOperation::at_run_time(kind, template.clone(), requirement)
        })
        .collect()
}

/// How many requirements are found for `uri`.
fn found(templates: &[String], uri: &str) -> usize {
    let registry = registry(templates);
    let found = registry.requirements(OperationKind::Resource, uri);
    found.map_or(0, |requirements| requirements.len())
}

/// What routers of MCP servers make of a template.
fn expression(template: &str) -> regex::Regex {
    let mut pattern = "^".to_owned();
    let mut rest = template;
    while let Some((literal, after)) = rest.split_once('{') {
        pattern += &regex::escape(literal);
        pattern += "[^/]+";
        rest = after.split_once('}').expect("a partner").1;
    }
    pattern += &regex::escape(rest);
    regex::Regex::new(&(pattern + "$")).expect("a pattern")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn one_template_matches_what_its_expression_does(
        template in "(a|b|/|é|\\{x\\}|\\{y\\}){1,7}",
        uri in "(a|b|/|é){0,9}",
    ) {
        let found = found(std::slice::from_ref(&template), &uri) > 0;
        let expected = template == uri || expression(&template).is_match(&uri);
        prop_assert_eq!(found, expected, "{} for {}", uri, template);
    }

    #[test]
    fn of_several_templates_one_is_found_if_one_matches(
        templates in prop::collection::vec("(a|b|/|\\{x\\}){1,6}", 1..6),
        uri in "(a|b|/){0,8}",
    ) {
        let found = found(&templates, &uri);
        let matching = templates.iter().filter(|it| expression(it).is_match(&uri)).count();
        prop_assert_eq!(found > 0, matching > 0);
        prop_assert!(found <= matching);
    }
}

#[test]
fn the_most_literal_template_is_meant() {
    let names = [
        "j://{a}/{b}",
        "j://entries/{id}",
        "j://{a}/7",
        "j://entries/7",
        "j://entries/{id}.txt",
    ];
    let names: Vec<String> = names.map(str::to_owned).to_vec();
    for (uri, count) in [
        ("j://entries/7", 1),
        ("j://entries/8", 1),
        ("j://tags/7", 1),
        ("j://tags", 0),
        ("j://entries/8.txt", 1),
    ] {
        assert_eq!(found(&names, uri), count, "{uri}");
    }
    // A template is a URI as well: completions name it.
    assert_eq!(found(&names, "j://entries/{id}"), 1);
}

#[test]
fn no_expression_matches_a_dot_segment() {
    let names = [
        "j://entries/{id}",
        "j://{a}/7",
        "j://files/{name}.txt",
        "j://x/.{rest}",
    ];
    let names = names.map(str::to_owned);
    for uri in [
        "j://entries/.",
        "j://entries/..",
        "j://entries/%2e",
        "j://entries/%2E.",
        "j://entries/.%2e",
        "j://../7",
        "j://%2e%2E/7",
        "j://x/..",
    ] {
        assert_eq!(found(&names, uri), 0, "{uri}");
    }
    for uri in [
        "j://entries/...",
        "j://entries/.a",
        "j://files/..txt",
        "j://x/.git",
    ] {
        assert_eq!(found(&names, uri), 1, "{uri}");
    }
}
