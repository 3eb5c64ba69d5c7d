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
fn of_several_templates_all_are_meant_and_a_uri_of_its_own_is_meant_alone() {
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
        ("j://entries/8", 2),
        ("j://tags/7", 2),
        ("j://tags", 0),
        ("j://entries/8.txt", 3),
    ] {
        assert_eq!(found(&names, uri), count, "{uri}");
    }
    // A template is a URI as well: completions name it.
    assert_eq!(found(&names, "j://entries/{id}"), 1);
}

#[test]
fn templates_of_other_levels_match_no_uri() {
    for template in [
        "j://entries{?q}",
        "j://{+path}",
        "j://{/p*}",
        "j://{}",
        "j://{a",
        "j://{a:3}",
    ] {
        let names = [template.to_owned()];
        for uri in [
            "j://entries?q=1",
            "j://entries-secret",
            "j://a",
            "j:///a",
            "j://abc",
        ] {
            assert_eq!(found(&names, uri), 0, "{template} {uri}");
        }
        assert_eq!(found(&names, template), 1, "its own text");
    }
}

#[test]
fn no_expression_matches_what_a_server_could_read_otherwise() {
    let names = [
        "j://entries/{id}",
        "j://{a}/7",
        "j://files/{name}.txt",
        "j://x/.{rest}",
        "j://search/all?q={q}",
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
        "j://entries/..%2Fsecret",
        "j://entries/a%2fb",
        "j://entries/..%5Csecret",
        "j://entries/..\\secret",
        "j://entries/..?x",
        "j://entries/..#x",
        "j://entries/a?x",
        "j://entries/.\t.",
        "j://entries/a\n",
        "j://entries/a b",
        "j://entries/%00",
        "j://entries/%61dmin",
        "j://entries/admi%6E",
        "j://entries/%7Eada",
        "j://entries/100%",
        "j://entries/%zz",
        "j://entries/%+1",
        "j://search/all?q=a?b",
        "j://search/all?q=a#b",
    ] {
        assert_eq!(found(&names, uri), 0, "{uri}");
    }
    for uri in [
        "j://entries/...",
        "j://entries/.a",
        "j://files/..txt",
        "j://x/.git",
        "j://entries/2026-11-26T10:00",
        "j://entries/a%20b",
        "j://entries/%C3%A9",
        "j://entries/\u{e9}",
        "j://entries/ada@example.com",
        "j://search/all?q=a&b=c",
    ] {
        assert_eq!(found(&names, uri), 1, "{uri}");
    }
}
