//! The report as Markdown, for a README.

use std::fmt::Write as _;

use super::alternatives::{Alternatives, Contribution, cases_of};
use super::cases::ArgumentValues;
use super::contents::{Report, ReportedOperation, ReportedRequirement};
use super::label::{Labels, MARKDOWN_OR};
use super::rows::rows;
use super::safe_text::{markdown, markdown_code};

/// With more scopes than this, a matrix is wider than a page.
const COLUMNS: usize = 10;
/// So many sets of scopes stand in one cell.
const SETS: usize = 4;

impl Report {
    /// Returns the report as Markdown: for each server its scopes, and its operations with what they
    /// require, for each value of an argument that `match` chooses by. Up to ten scopes have a column each; of more, the least sets to ask for are named.
    #[must_use]
    pub fn markdown(&self) -> String {
        let labels = Labels::of_report(self);
        let servers: Vec<_> = self.servers().collect();
        let mut text = String::new();
        if servers.is_empty() {
            text.push_str("No operation is annotated.\n");
        }
        for (number, (server, operations)) in servers.iter().enumerate() {
            let gap = if number == 0 { "" } else { "\n" };
            text.push_str(gap);
            if servers.len() > 1 || !server.is_empty() {
                let name = match *server {
                    "" => "unnamed server".to_owned(),
                    name => markdown_code(name),
                };
                let _ = writeln!(text, "### {name}\n");
            }
            self.scopes_table(operations, &labels, &mut text);
            self.operations_table(operations, &labels, &mut text);
        }
        text
    }

    fn scopes_table(
        &self,
        operations: &[ReportedOperation],
        labels: &Labels<'_>,
        text: &mut String,
    ) {
        let scopes = self.scopes_of(operations);
        if scopes.is_empty() {
            return;
        }
        text.push_str("| scope | what it allows | implies | |\n|---|---|---|---|\n");
        for place in scopes {
            let scope = &self.scopes[place];
            let implied = scope.implied.iter();
            let implied = implied.map(|place| markdown_code(labels.get(*place)));
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} |",
                markdown_code(labels.get(place)),
                markdown(&scope.description),
                implied.collect::<Vec<_>>().join(" "),
                scope.marks().join(", "),
            );
        }
        text.push('\n');
    }

    fn operations_table(
        &self,
        operations: &[ReportedOperation],
        labels: &Labels<'_>,
        text: &mut String,
    ) {
        let mut scopes = self.scopes_of(operations);
        if scopes.len() > COLUMNS {
            scopes.clear();
        }
        let mut heads = String::new();
        for place in &scopes {
            let _ = write!(heads, " {} |", markdown_code(labels.get(*place)));
        }
        let mut rules = ":-:|".repeat(scopes.len());
        if scopes.is_empty() {
            heads.push_str(" least to ask for |");
            rules.push_str("---|");
        }
        let _ = writeln!(text, "| operation | kind | requires |{heads}");
        let _ = writeln!(text, "|---|---|---|{rules}");
        let cells = |requirement: &ReportedRequirement, is_marked: bool| {
            let alternatives = self.alternatives(requirement);
            let marks = scopes.iter().map(|place| {
                match self.contribution(*place, requirement, &alternatives) {
                    _ if !is_marked => " |",
                    Contribution::Alone => " ● |",
                    Contribution::Part => " ◐ |",
                    Contribution::None => " |",
                }
            });
            let required = labels.markdown(requirement);
            let mut cells = format!(" {required} |{}", marks.collect::<String>());
            if scopes.is_empty() {
                let sets = if is_marked {
                    least(&alternatives, labels)
                } else {
                    String::new()
                };
                let _ = write!(cells, " {sets} |");
            }
            cells
        };
        let rows = rows(operations, |requirement| {
            let cases = cases_of(requirement);
            let is_one = cases.iter().all(|case| case.values.is_empty());
            let mut further = String::new();
            for case in cases.iter().filter(|_| !is_one) {
                let cells = cells(&case.requirement, true);
                let _ = writeln!(further, "| {} | |{cells}", when(&case.values));
            }
            (cells(requirement, is_one), further)
        });
        for row in rows {
            let (name, kind) = (markdown_code(&row.label), row.operation.kind);
            let (cells, further) = row.about;
            let _ = write!(text, "| {name} | {kind} |{cells}\n{further}");
        }
        if !scopes.is_empty() {
            text.push_str("\n● is enough by itself, ◐ together with others.\n");
        }
    }
}

/// The values of arguments for which a line is.
fn when(values: &[ArgumentValues]) -> String {
    let values = values.iter();
    let values = values.map(|known| known.spelled(&|text| markdown_code(&text), MARKDOWN_OR));
    values.collect::<Vec<_>>().join(", ")
}

/// The least sets, and that there are more.
fn least(alternatives: &Alternatives, labels: &Labels<'_>) -> String {
    let sets = alternatives.ways.iter().filter(|set| !set.is_empty());
    let sets = sets.map(|set| {
        let names = set.iter().map(|leaf| markdown_code(&labels.of_leaf(leaf)));
        names.collect::<Vec<_>>().join(" ")
    });
    let mut shown: Vec<String> = sets.take(SETS + 1).collect();
    if shown.len() > SETS {
        shown.truncate(SETS);
        shown.push("another set".to_owned());
    }
    shown.join(", or ")
}
