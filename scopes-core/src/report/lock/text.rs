//! Writes a lock file.

use std::fmt::Write as _;

use super::problem::HEADER;
use crate::report::contents::Report;
use crate::report::label::Labels;
use crate::report::safe_text::quoted;
use crate::scope::requirement::spelling::argument_name;

const PREAMBLE: &str = "
# What each operation requires and what each scope means: generated from the annotations, compared
# with them by a test, and reviewed like code. `SCOPES_LOCK=accept cargo test` updates this file; a
# change that allows a caller more takes `SCOPES_LOCK=accept-loosened`.
";

/// Writes the report as a lock file: a line for each scope and each operation, by name, so that two
/// branches that add some seldom conflict.
pub(super) fn write(report: &Report) -> String {
    let labels = Labels::of_report(report);
    let mut text = format!("{HEADER}\n{PREAMBLE}");
    if !report.packages.is_empty() {
        let packages: Vec<_> = report.packages.iter().map(|name| quoted(name)).collect();
        let _ = writeln!(text, "\npackages {}", packages.join(", "));
    }
    if !report.anonymous.is_empty() {
        text.push('\n');
    }
    for anonymous in &report.anonymous {
        let (handler, lists) = (quoted(&anonymous.handler), anonymous.lists.word());
        let _ = writeln!(text, "anonymous {handler}: {lists} lists");
    }
    let mut scopes: Vec<usize> = (0..report.scopes.len()).collect();
    scopes.sort_by_key(|place| {
        let scope = &report.scopes[*place];
        (scope.catalog.is_none(), &scope.catalog, &scope.name)
    });
    let mut section = None;
    for place in scopes {
        let scope = &report.scopes[place];
        if section != Some(&scope.catalog) {
            section = Some(&scope.catalog);
            let _ = match &scope.catalog {
                Some(catalog) => writeln!(text, "\ncatalog {}", quoted(catalog)),
                None => writeln!(text, "\nundeclared"),
            };
        }
        let _ = write!(text, "  scope {}", quoted(scope.name.as_str()));
        let mut implies: Vec<_> = scope
            .implies
            .iter()
            .map(|place| labels.get(*place))
            .collect();
        implies.sort_unstable();
        if !implies.is_empty() {
            let implies: Vec<_> = implies.into_iter().map(quoted).collect();
            let _ = write!(text, " implies({})", implies.join(", "));
        }
        let flags = [
            (scope.baseline, " baseline"),
            (scope.hidden, " hidden"),
            (scope.requestable, " requestable"),
        ];
        for (_, flag) in flags.into_iter().filter(|(is_set, _)| *is_set) {
            text.push_str(flag);
        }
        let _ = writeln!(text, ": {}", quoted(&scope.description));
    }
    for (server, operations) in report.servers() {
        let _ = writeln!(text, "\nserver {}", quoted(server));
        for operation in operations {
            let requires = labels.requirement(&operation.requirement, &quoted);
            let (kind, name) = (operation.kind, quoted(&operation.name));
            let path = match operation.path.as_str() {
                "" => String::new(),
                path if path == operation.name => String::new(),
                path => format!(" at {}", quoted(path)),
            };
            let _ = write!(text, "  {kind} {name}{path}");
            let arguments = operation.arguments.iter().filter_map(|argument| {
                let expression = quoted(argument.expression.as_ref()?);
                Some(format!("{} = {expression}", argument_name(&argument.name)))
            });
            let arguments: Vec<String> = arguments.collect();
            if !arguments.is_empty() {
                let _ = write!(text, " args({})", arguments.join(", "));
            }
            let _ = writeln!(text, ": {requires}");
        }
    }
    text
}
