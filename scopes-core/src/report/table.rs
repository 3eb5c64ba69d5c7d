//! The report for a terminal: 80 columns, and colour where it is wanted.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use super::contents::{Report, ReportedOperation, ReportedRequirement, ReportedScope};
use super::label::Labels;
use super::safe_text::visible;

/// How many columns a line has.
const WIDTH: usize = 80;
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const OPEN: Style = AnsiColor::Red.on_default();
const LOOSE: Style = AnsiColor::Yellow.on_default();

impl Report {
    /// The report as text in lines of at most 80 columns.
    ///
    /// Colours are ANSI escape sequences, to be written through something that takes them away
    /// where they are not wanted, as `anstream` does. [`plain_table`](Self::plain_table) has none.
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = Table {
            labels: Labels::of_report(self),
            text: String::new(),
        };
        if self.operations.is_empty() {
            table.line(DIM, "No operation is annotated.");
        }
        for (server, operations) in self.servers() {
            if !table.text.is_empty() {
                table.text.push('\n');
            }
            table.server(self, server, operations);
        }
        table.text
    }

    /// The [table](Self::table) without colours.
    #[must_use]
    pub fn plain_table(&self) -> String {
        let mut plain = String::new();
        let mut rest = self.table();
        // Only our own sequences have the escape character: what is shown has none.
        while let Some(start) = rest.find('\u{1b}') {
            plain.push_str(&rest[..start]);
            let end = rest[start..]
                .find('m')
                .map_or(rest.len(), |m| start + m + 1);
            rest.drain(..end);
        }
        plain + &rest
    }
}

impl ReportedScope {
    /// What is special about the scope, in words: `baseline`, `hidden`, `undeclared`.
    #[must_use]
    pub fn marks(&self) -> Vec<&'static str> {
        let marks = [
            (self.baseline, "baseline"),
            (self.hidden, "hidden"),
            (self.catalog.is_none(), "undeclared"),
        ];
        let marks = marks.into_iter().filter(|(is_so, _)| *is_so);
        marks.map(|(_, word)| word).collect()
    }
}

struct Table {
    labels: Labels,
    text: String,
}

impl Table {
    fn line(&mut self, style: Style, text: &str) {
        let _ = writeln!(self.text, "{style}{text}{style:#}");
    }

    fn server(&mut self, report: &Report, server: &str, operations: &[ReportedOperation]) {
        let scopes = report.scopes_of(operations);
        let name = match server {
            "" => "Operations".to_owned(),
            name => cut(&format!("Server {}", visible(name)), WIDTH - 34),
        };
        let head = format!(
            "{name}: {} by {}",
            count(operations.len(), "operation"),
            count(scopes.len(), "scope")
        );
        self.line(BOLD, &head);
        for place in scopes {
            self.scope(&report.scopes[place], place);
        }
        self.text.push('\n');
        let names = operations.iter().map(|operation| visible(&operation.name));
        let names: Vec<String> = names.collect();
        let widest = names.iter().map(|name| name.width()).max();
        let column = widest.unwrap_or_default().clamp(9, 30);
        for (operation, name) in operations.iter().zip(names) {
            self.operation(operation, &name, column);
        }
    }

    fn scope(&mut self, scope: &ReportedScope, place: usize) {
        let name = visible(self.labels.get(place));
        let mut about: Vec<String> = scope
            .marks()
            .iter()
            .map(|mark| format!("({mark})"))
            .collect();
        if !scope.description.is_empty() {
            about.push(visible(&scope.description));
        }
        if !scope.implied.is_empty() {
            let implied = scope
                .implied
                .iter()
                .map(|place| visible(self.labels.get(*place)));
            about.push(format!(
                "Implies {}.",
                implied.collect::<Vec<_>>().join(", ")
            ));
        }
        self.row("  ", &name, 24, Style::new(), &about.join(" "), DIM);
    }

    fn operation(&mut self, operation: &ReportedOperation, name: &str, column: usize) {
        let requirement = &operation.requirement;
        let style = match requirement {
            ReportedRequirement::Public => OPEN,
            ReportedRequirement::Authenticated => LOOSE,
            ReportedRequirement::Scopes(_) => Style::new(),
        };
        let required = self.labels.requirement(requirement, &visible);
        let kind = format!("  {:<8}  ", operation.kind);
        self.row(&kind, name, column, BOLD, &required, style);
    }

    /// A name in a column of its own, and a text beside it, or below where there is no room.
    fn row(
        &mut self,
        before: &str,
        name: &str,
        column: usize,
        name_style: Style,
        about: &str,
        style: Style,
    ) {
        let indent = before.width() + column + 2;
        let lines = wrap(about, WIDTH - indent);
        let names = wrap(name, WIDTH - before.width());
        let mut names = names.into_iter().peekable();
        let mut lines = lines.into_iter();
        let mut prefix = before.to_owned();
        while let Some(part) = names.next() {
            let _ = write!(self.text, "{prefix}{name_style}{part}{name_style:#}");
            let room = indent.saturating_sub(prefix.width() + part.width());
            if room >= 2
                && names.peek().is_none()
                && let Some(line) = lines.next()
            {
                let _ = write!(self.text, "{:room$}{style}{line}{style:#}", "");
            }
            self.text.push('\n');
            prefix = " ".repeat(before.width());
        }
        for line in lines {
            let _ = writeln!(self.text, "{:indent$}{style}{line}{style:#}", "");
        }
    }
}

fn count(number: usize, word: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {word}{plural}")
}

fn cut(text: &str, width: usize) -> String {
    wrap(text, width).into_iter().next().unwrap_or_default()
}

/// The words of `text` in lines of at most `width` columns; longer words are broken.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        if used > 0 && used + 1 + word.width() > width {
            lines.push(String::new());
            used = 0;
        }
        let Some(line) = lines.last_mut() else { break };
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        if used + word.width() <= width {
            line.push_str(word);
            used += word.width();
            continue;
        }
        for character in word.chars() {
            let wide = character.to_string().width();
            if used + wide > width {
                lines.push(String::new());
                used = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push(character);
                used += wide;
            }
        }
    }
    if lines.len() == 1 && lines[0].is_empty() && !text.is_empty() {
        lines[0].push(' ');
    }
    lines
}
