//! The data of the page, as JSON inside of HTML.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::report::rows::rows;
use crate::report::safe_text::visible;
use crate::report::{Contribution, Report, ReportedRequirement};
use crate::scope::Tree;
use crate::scope::requirement::tree::Node;

/// The report, with each requirement once, in characters that cannot end a script element.
pub(super) fn json(report: &Report) -> String {
    let mut requirements: Vec<Value> = Vec::new();
    let mut servers: Vec<&str> = Vec::new();
    let rows = rows(report.operations(), |requirement| {
        requirements.push(required(report, requirement));
        requirements.len() - 1
    });
    let operations = rows.map(|row| {
        let server = row.operation.server.as_str();
        if servers.last() != Some(&server) {
            servers.push(server);
        }
        // The script has the kinds in the same order.
        let kind = row.operation.kind as usize;
        json!([servers.len() - 1, kind, visible(&row.label), row.about])
    });
    let operations: Vec<Value> = operations.collect();
    let labels = report.labels();
    let scopes = report.scopes().iter().zip(labels).map(|(scope, label)| {
        json!({
            "name": &scope.name,
            "label": visible(&label),
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

fn required(report: &Report, requirement: &ReportedRequirement) -> Value {
    let expression = match requirement {
        ReportedRequirement::Public => return json!(0),
        ReportedRequirement::Authenticated => return json!(1),
        ReportedRequirement::Scopes(expression) => expression,
    };
    let alternatives = report.alternatives(requirement);
    let (mut alone, mut part) = (Vec::new(), Vec::new());
    for place in 0..report.scopes().len() {
        match report.contribution(place, requirement, &alternatives) {
            Contribution::Alone => alone.push(place),
            Contribution::Part => part.push(place),
            Contribution::None => {}
        }
    }
    json!({
        "needs": needed(expression),
        "alternatives": alternatives.sets(),
        "alone": alone,
        "part": part,
    })
}

/// A scope as its place, a group as an array that begins with its word.
fn needed(expression: &Tree<usize>) -> Value {
    expression.fold(&mut |node| match node {
        Node::Leaf(place) => json!(place),
        Node::Group(join, members) => std::iter::once(json!(join.as_str()))
            .chain(members)
            .collect(),
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
