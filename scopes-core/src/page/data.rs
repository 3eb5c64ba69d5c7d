//! The data of the page, as JSON inside of HTML.

use std::fmt::Write as _;

use indexmap::IndexSet;
use serde_json::{Value, json};

use crate::report::cases::text_of;
use crate::report::label::Labels;
use crate::report::rows::rows;
use crate::report::safe_text::visible;
use crate::report::{Contribution, Report, ReportedLeaf, ReportedRequirement, cases_of};
use crate::scope::Tree;
use crate::scope::requirement::tree::Node;

/// The report, with each requirement once, in characters that cannot end a script element.
pub(super) fn json(report: &Report) -> String {
    let mut requirements: Vec<Value> = Vec::new();
    let mut servers: Vec<&str> = Vec::new();
    let labels = Labels::of_report(report);
    let rows = rows(report.operations(), |requirement| {
        requirements.push(required(report, &labels, requirement));
        requirements.len() - 1
    });
    let operations = rows.map(|row| {
        let server = row.operation.server.as_str();
        if servers.last() != Some(&server) {
            servers.push(server);
        }
        // The script has the kinds in the same order.
        let kind = row.operation.kind as usize;
        let mut data = json!([servers.len() - 1, kind, visible(&row.label), row.about]);
        let description = visible(&row.operation.description);
        if let (Value::Array(data), false) = (&mut data, description.is_empty()) {
            data.push(description.into());
        }
        data
    });
    let operations: Vec<Value> = operations.collect();
    let scopes = report.scopes().iter().enumerate();
    let scopes = scopes.map(|(place, scope)| {
        json!({
            "name": &scope.name,
            "label": visible(labels.get(place)),
            "description": visible(&scope.description),
            "implied": &scope.implied,
            "marks": scope.marks(),
        })
    });
    let data = json!({
        "scopes": scopes.collect::<Vec<_>>(),
        "servers": servers.into_iter().map(visible).collect::<Vec<_>>(),
        "requirements": requirements,
        "operations": operations,
    });
    inside_html(&data.to_string())
}

fn required(report: &Report, labels: &Labels<'_>, requirement: &ReportedRequirement) -> Value {
    match requirement {
        ReportedRequirement::Public => return json!(0),
        ReportedRequirement::Authenticated => return json!(1),
        ReportedRequirement::Scopes(_) => {}
    }
    let cases = cases_of(requirement).into_iter().map(|case| {
        let alternatives = report.alternatives(&case.requirement);
        let (mut alone, mut part) = (Vec::new(), Vec::new());
        for place in 0..report.scopes().len() {
            match report.contribution(place, &case.requirement, &alternatives) {
                Contribution::Alone => alone.push(place),
                Contribution::Part => part.push(place),
                Contribution::None => {}
            }
        }
        let sets = alternatives.sets().iter().map(|set| {
            let places: IndexSet<usize> = set.iter().map(|leaf| leaf.place).collect();
            places.into_iter().collect::<Vec<_>>()
        });
        let mut data = json!({
            "needs": case.requirement.expression().map(needed),
            "alternatives": sets.collect::<Vec<_>>(),
            "alone": alone,
            "part": part,
        });
        if !case.values.is_empty() {
            data["when"] = json!(text_of(&case.values));
            data["text"] = json!(labels.requirement(&case.requirement, &visible));
        }
        data
    });
    json!({
        "text": labels.requirement(requirement, &visible),
        "cases": cases.collect::<Vec<_>>(),
    })
}

/// A scope as its place, a group as an array that begins with its word.
fn needed(expression: &Tree<ReportedLeaf>) -> Value {
    expression.fold(&mut |node| match node {
        Node::Leaf(leaf) => json!(leaf.place),
        Node::Group(join, members) => std::iter::once(json!(join.as_str()))
            .chain(members)
            .collect(),
        // Of a requirement with too many cases.
        Node::Match(_, arms) => std::iter::once(json!("any")).chain(arms).collect(),
    })
}

/// JSON stays the same JSON where these characters are escaped; in a script element, only they
/// could mean something else.
fn inside_html(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(text, "\\u{:04x}", u32::from(character));
            }
            _ => text.push(character),
        }
    }
    text
}
