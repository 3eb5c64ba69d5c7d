//! Which template a URI belongs to, against regular expressions.

use proptest::prelude::*;
use scopes_core::mcp::Operations;
use scopes_core::{OperationKind, ProtectedOperation, Registry, Requirement};

fn operations(templates: &[String]) -> Operations {
    let registry: Registry = templates
        .iter()
        .map(|template| {
            let name: &'static str = template.clone().leak();
            let requirement: &'static Requirement =
                Box::leak(Box::new(Requirement::authenticated()));
            let operation = ProtectedOperation::new(OperationKind::Resource, name, requirement);
            &*Box::leak(Box::new(operation))
        })
        .collect();
    Operations::of(&registry)
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
        let found = operations(std::slice::from_ref(&template));
        let found = !found.requirements(OperationKind::Resource, &uri).is_empty();
        let expected = template == uri || expression(&template).is_match(&uri);
        prop_assert_eq!(found, expected, "{} for {}", uri, template);
    }

    #[test]
    fn of_several_templates_one_is_found_if_one_matches(
        templates in prop::collection::vec("(a|b|/|\\{x\\}){1,6}", 1..6),
        uri in "(a|b|/){0,8}",
    ) {
        let found = operations(&templates);
        let found = found.requirements(OperationKind::Resource, &uri).len();
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
        let found = operations(&names).requirements(OperationKind::Resource, uri);
        assert_eq!(found.len(), count, "{uri}");
    }
    // A template is a URI as well: completions name it.
    let found = operations(&names).requirements(OperationKind::Resource, "j://entries/{id}");
    assert_eq!(found.len(), 1);
}
