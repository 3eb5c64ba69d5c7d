//! The counters of the guide's page are those of the code, and Prometheus gets them under these names.

use std::collections::{BTreeMap, BTreeSet};

use metrics_exporter_prometheus::PrometheusBuilder;
use regex::Regex;
use scopes_core::token::Rejection;

use crate::story::{STATUSES, Story};

const PAGE: &str = include_str!("../../docs/guide/metrics.md");
const COUNTERS: &str = include_str!("../../scopes-core/src/observe/counters.rs");
const VALUES: &str = include_str!("../../scopes-core/src/observe/outcome.rs");
const ENDPOINT: &str = include_str!("../../scopes-core/src/tower/revocation_endpoint/mod.rs");

type Labels = BTreeSet<String>;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern")
}

/// Returns the counters in the code, with their labels.
fn in_code() -> BTreeMap<String, Labels> {
    let mut counters: BTreeMap<String, Labels> = BTreeMap::new();
    let of_one_label = regex(r#"key!\("(scopes_[a-z_]+)", "([a-z]+)""#);
    for found in of_one_label.captures_iter(COUNTERS) {
        let labels = counters.entry(found[1].to_owned()).or_default();
        labels.insert(found[2].to_owned());
    }
    for found in regex(r#"key_by_outcome!\("(scopes_[a-z_]+)""#).captures_iter(COUNTERS) {
        counters.insert(found[1].to_owned(), ["outcome".to_owned()].into());
    }
    let label = regex(r#""([a-z]+)" =>"#);
    for found in regex(r#"counter!\("(scopes_[a-z_]+)", ([^;]+);"#).captures_iter(COUNTERS) {
        let labels = label.captures_iter(&found[2]).map(|one| one[1].to_owned());
        counters.insert(found[1].to_owned(), labels.collect());
    }
    counters
}

/// Returns the counters in the page's table, with their labels.
fn in_table() -> BTreeMap<String, Labels> {
    let rows = regex(r"(?m)^\| `(scopes_[a-z_]+)` \| ([^|]+) \|");
    let rows = rows.captures_iter(PAGE).map(|row| {
        let labels = row[2]
            .split(", ")
            .map(|label| label.trim_matches('`').to_owned());
        (row[1].to_owned(), labels.collect())
    });
    rows.collect()
}

#[test]
fn the_page_lists_the_counters_of_the_code() {
    assert_eq!(in_table(), in_code());
}

#[test]
fn the_queries_of_the_page_select_what_exists() {
    let counters = in_code();
    let queries = regex(r"(?s)```promql\n(.*?)```");
    let selector = regex(r"(scopes_[a-z_]+)(?:\{([a-z]+)(?:=|!=)\x22([a-z_]+)\x22\})?");
    let grouped = regex(r"by \(([a-z]+)\) \([a-z]+\((scopes_[a-z_]+)");
    let expired = Rejection::Expired.label();
    let mut selected = 0;
    for query in queries.captures_iter(PAGE) {
        for found in selector.captures_iter(&query[1]) {
            let labels = counters.get(&found[1]);
            let labels = labels.unwrap_or_else(|| panic!("{} is unknown", &found[1]));
            let Some((label, value)) = found.get(2).zip(found.get(3)) else {
                continue;
            };
            assert!(labels.contains(label.as_str()), "{}", &found[0]);
            let quoted = format!("\"{}\"", value.as_str());
            let is_known = [VALUES, COUNTERS, ENDPOINT]
                .iter()
                .any(|code| code.contains(&quoted));
            assert!(is_known || value.as_str() == expired, "{}", &found[0]);
            selected += 1;
        }
        for found in grouped.captures_iter(&query[1]) {
            assert!(counters[&found[2]].contains(&found[1]), "{}", &found[0]);
        }
    }
    assert!(selected > 6, "{selected}");
}

#[test]
fn prometheus_gets_the_counters_of_the_page() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let story = metrics::with_local_recorder(&recorder, Story::tell);
    assert_eq!(story.statuses, STATUSES);
    let text = recorder.handle().render();
    let table = in_table();
    let sample = regex(r"(?m)^(scopes_[a-z_]+)\{(.+)\} \d+$");
    let mut names = BTreeSet::new();
    for found in sample.captures_iter(&text) {
        let labels = regex(r#"([a-z]+)=""#);
        let labels = labels.captures_iter(&found[2]).map(|one| one[1].to_owned());
        assert_eq!(table[&found[1]], labels.collect(), "{}", &found[0]);
        names.insert(found[1].to_owned());
    }
    assert!(names.len() > 5, "{text}");
}
