//! What the page knows, as JSON inside of HTML.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::registry::OperationKind;
use crate::report::safe_text::visible;
use crate::report::{Contribution, Report, ReportedExpression, ReportedRequirement};

/// The report, with each requirement once, in characters that cannot end a script element.
pub(super) fn json(report: &Report) -> String {
    let mut requirements: Vec<Value> = Vec::new();
    let mut known: HashMap<&ReportedRequirement, usize> = HashMap::new();
    let mut servers: Vec<&str> = Vec::new();
    let mut operations: Vec<Value> = Vec::new();
    for (operation, name) in report.operations().iter().zip(report.operation_labels()) {
        let requirement = operation.requirement();
        let place = *known.entry(requirement).or_insert_with(|| {
            requirements.push(required(report, requirement));
            requirements.len() - 1
        });
        if servers.last() != Some(&operation.server()) {
            servers.push(operation.server());
        }
        let server = servers.len() - 1;
        let kind = match operation.kind() {
            OperationKind::Tool => 0,
            OperationKind::Prompt => 1,
            OperationKind::Resource => 2,
            OperationKind::Method => 3,
            OperationKind::Function => 4,
        };
        operations.push(json!([server, kind, visible(&name), place]));
    }
    let labels = report.labels();
    let scopes = report.scopes().iter().zip(labels).map(|(scope, label)| {
        json!({
            "name": scope.name(),
            "label": visible(&label),
            "description": visible(scope.description()),
            "implied": scope.implied(),
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
fn needed(expression: &ReportedExpression) -> Value {
    let (word, members) = match expression {
        ReportedExpression::Scope(place) => return json!(place),
        ReportedExpression::Any(members) => ("any", members),
        ReportedExpression::All(members) => ("all", members),
    };
    let members = members.iter().map(needed);
    std::iter::once(json!(word)).chain(members).collect()
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
