//! The parts of the page that are there without its script, as HTML.

use std::fmt::Write as _;

use crate::report::label::Labels;
use crate::report::rows::rows;
use crate::report::safe_text::visible;
use crate::report::{Report, ReportedRequirement};

/// The name and the version of the program.
pub(super) fn program(report: &Report) -> String {
    let Some(program) = report.program() else {
        return String::new();
    };
    let name = format!("{} {}", program.name, program.version);
    escaped(name.trim_end())
}

/// The numbers of operations and scopes.
pub(super) fn summary(report: &Report) -> String {
    let number = |count: usize, word| match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    let (operations, scopes) = (report.operations().len(), report.scopes().len());
    format!(
        "{}, {}",
        number(operations, "operation"),
        number(scopes, "scope")
    )
}

pub(super) fn has_several_servers(report: &Report) -> bool {
    report.servers().nth(1).is_some()
}

/// The rows of the table of operations.
pub(super) fn operations(report: &Report) -> String {
    let labels = Labels::of_report(report);
    let has_several_servers = has_several_servers(report);
    let rows = rows(report.operations(), |requirement| {
        let text = escaped(&labels.requirement(requirement, &visible));
        match requirement {
            ReportedRequirement::Public => format!("<span class=\"public\">{text}</span>"),
            ReportedRequirement::Authenticated => text,
            ReportedRequirement::Scopes(_) => format!("<code>{text}</code>"),
        }
    });
    let mut html = String::new();
    for row in rows {
        let operation = row.operation;
        let (name, kind, requires) = (escaped(&row.label), operation.kind, row.about);
        // Writing to a string does not fail.
        let _ = write!(
            html,
            "<tr><th scope=\"row\"><code>{name}</code>{}</th>",
            small(&operation.description)
        );
        if has_several_servers {
            let server = match operation.server.as_str() {
                "" => "unnamed".to_owned(),
                server => escaped(server),
            };
            let _ = write!(html, "<td data-name=\"Server\">{server}</td>");
        }
        let _ = writeln!(
            html,
            "<td data-name=\"Kind\">{kind}</td>\
             <td data-name=\"Requires\" class=\"requires\">{requires}</td></tr>"
        );
    }
    html
}

/// The list of scopes, each with its description and the scopes that it implies.
pub(super) fn scopes(report: &Report) -> String {
    let labels = Labels::of_report(report);
    let mut html = String::new();
    for (place, scope) in report.scopes().iter().enumerate() {
        let marks = scope.marks().into_iter();
        let marks = marks.map(|mark| format!(" <span class=\"mark\">{mark}</span>"));
        let implied = scope.implied.iter();
        let implied = implied.map(|place| format!("<code>{}</code>", escaped(labels.get(*place))));
        let implied = implied.collect::<Vec<_>>().join(", ");
        let implied = if implied.is_empty() {
            implied
        } else {
            format!(" <small>Implies {implied}.</small>")
        };
        let _ = writeln!(
            html,
            "<div><dt><code>{}</code>{}</dt><dd>{}{implied}</dd></div>",
            escaped(labels.get(place)),
            marks.collect::<String>(),
            escaped(&scope.description),
        );
    }
    html
}

fn small(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("<small>{}</small>", escaped(text))
}

/// The text, of which HTML takes nothing for markup, in an element or in a quoted attribute.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '&' | '<' | '>' | '"' | '\'' => {
                let _ = write!(html, "&#{};", u32::from(character));
            }
            _ => html.push(character),
        }
    }
    html
}
