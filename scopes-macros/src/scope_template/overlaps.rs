//! Overlaps, compared with every name that two templates could match.

use std::collections::BTreeSet;

use super::ScopeTemplate;

const SEPARATORS: [&str; 2] = [":", "/"];

/// Every name of up to three of these segments.
fn names(segments: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = segments.iter().map(|&segment| segment.to_owned()).collect();
    let mut longest = all.clone();
    for _ in 1..3 {
        longest = longest
            .iter()
            .flat_map(|name| {
                let longer = segments.iter().flat_map(move |segment| {
                    SEPARATORS.map(|separator| format!("{name}{separator}{segment}"))
                });
                longer.collect::<Vec<_>>()
            })
            .collect();
        all.extend(longest.iter().cloned());
    }
    all
}

/// Returns whether `template` stands for `name`, by the definition.
fn matches(template: &str, name: &str) -> bool {
    let separators = |text: &str| -> String { text.matches([':', '/']).collect() };
    let segments = template.split([':', '/']).zip(name.split([':', '/']));
    let is_value = |text: &str| !matches!(text, "" | "." | "*");
    separators(template) == separators(name)
        && segments
            .into_iter()
            .all(|(segment, text)| segment == text || (segment.starts_with('{') && is_value(text)))
}

#[test]
fn two_templates_overlap_if_a_name_is_of_both() {
    let names_of_tokens = names(&["a", "1", "*", ""]);
    let names_of = |template: &str| -> BTreeSet<&str> {
        let names = names_of_tokens.iter().map(String::as_str);
        names.filter(|name| matches(template, name)).collect()
    };
    let templates: Vec<_> = names(&["a", "*", "", "{x}", "{y}"])
        .into_iter()
        .filter_map(|text| Some((names_of(&text), ScopeTemplate::parse(&text).ok()?)))
        .collect();
    assert!(templates.len() > 300);
    for (of_one, one) in &templates {
        for (of_other, other) in &templates {
            let overlap = one.overlap(other);
            assert_eq!(overlap.is_none(), of_one.is_disjoint(of_other));
            if let Some(name) = overlap.as_deref() {
                assert!(of_one.contains(name) && of_other.contains(name), "{name}");
            }
        }
    }
}

#[test]
fn a_name_has_at_most_eight_placeholders() {
    let name = |count: usize| {
        let placeholders = (0..count).map(|number| format!("{{p{number}}}"));
        format!("a:{}", placeholders.collect::<Vec<_>>().join(":"))
    };
    assert!(ScopeTemplate::parse(&name(8)).is_ok());
    assert!(ScopeTemplate::parse(&name(9)).is_err());
}
