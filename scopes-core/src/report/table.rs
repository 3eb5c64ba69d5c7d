//! The report for a terminal: 80 columns, and colour where it is wanted.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use super::alternatives::{Contribution, cases_of};
use super::cases::text_of;
use super::contents::{Report, ReportedOperation, ReportedRequirement, ReportedScope};
use super::label::Labels;
use super::rows::{operation_labels, rows};
use super::safe_text::visible;

/// The number of columns of a line.
const WIDTH: usize = 80;
/// The letters for the scopes of a matrix.
const LETTERS: &str = "abcdefghijklmnopqrst";
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const OPEN: Style = AnsiColor::Red.on_default();
const LOOSE: Style = AnsiColor::Yellow.on_default();

impl Report {
    /// Returns the report as text in lines of at most 80 columns.
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

    /// Returns the [table](Self::table) without colours.
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
    /// Returns the properties of the scope, in words: `baseline`, `hidden`, `requestable`, `undeclared`.
    #[must_use]
    pub fn marks(&self) -> Vec<&'static str> {
        let marks = [
            (self.baseline, "baseline"),
            (self.hidden, "hidden"),
            (self.requestable, "requestable"),
            (self.catalog.is_none(), "undeclared"),
        ];
        let marks = marks.into_iter().filter(|(is_so, _)| *is_so);
        marks.map(|(_, word)| word).collect()
    }
}

struct Table<'r> {
    labels: Labels<'r>,
    text: String,
}

impl Table<'_> {
    fn line(&mut self, style: Style, text: &str) {
        let _ = writeln!(self.text, "{style}{text}{style:#}");
    }

    fn server(&mut self, report: &Report, server: &str, operations: &[ReportedOperation]) {
        let scopes = report.scopes_of(operations);
        let counts = format!(
            "{}, {}",
            count(operations.len(), "operation"),
            count(scopes.len(), "scope")
        );
        let head = match server {
            "" => counts,
            name => {
                let name = cut(&format!("Server {}", visible(name)), WIDTH - 40);
                format!("{name}: {counts}")
            }
        };
        self.line(BOLD, &head);
        let names = operation_labels(operations).into_iter();
        let widest = names.map(|name| visible(&name).width()).max();
        let column = widest.unwrap_or_default().clamp(9, 30);
        let matrix = Matrix::new(report, &scopes, WIDTH - 12 - column - 2);
        for (number, place) in scopes.iter().enumerate() {
            let letter = matrix.letter(number);
            self.scope(&report.scopes[*place], *place, &letter);
        }
        self.text.push('\n');
        if matrix.is_shown() {
            let _ = writeln!(
                self.text,
                "{:indent$}{}",
                "",
                matrix.head(),
                indent = 14 + column
            );
        }
        let rows = rows(operations, |requirement| {
            let cases = cases_of(requirement);
            let is_one = cases.iter().all(|case| case.values.is_empty());
            let marks = |requirement| matrix.marks(report, requirement);
            let about = |marks: String, requirement| {
                marks + &self.labels.requirement(requirement, &visible)
            };
            if is_one {
                return (about(marks(requirement), requirement), Vec::new());
            }
            let further = cases.iter().map(|case| {
                let about = about(marks(&case.requirement), &case.requirement);
                (text_of(&case.values), about)
            });
            let blank = " ".repeat(matrix.width());
            (about(blank, requirement), further.collect())
        });
        let rows: Vec<_> = rows.collect();
        for row in rows {
            let style = match row.operation.requirement {
                ReportedRequirement::Public => OPEN,
                ReportedRequirement::Authenticated => LOOSE,
                ReportedRequirement::Scopes(_) => Style::new(),
            };
            let kind = format!("  {:<8}  ", row.operation.kind);
            let name = visible(&row.label);
            let (about, further) = &row.about;
            let width = matrix.width();
            self.row(&kind, (&name, column, BOLD), (about, width, style));
            for (when, about) in further {
                // Further to the right than names of operations.
                let before = " ".repeat(kind.len() + 2);
                let when = (when.as_str(), column - 2, DIM);
                self.row(&before, when, (about, width, Style::new()));
            }
        }
        if matrix.is_shown() {
            self.text.push('\n');
            self.line(DIM, "  # is enough by itself, + together with others.");
        }
    }

    fn scope(&mut self, scope: &ReportedScope, place: usize, letter: &str) {
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
            let implied = scope.implied.iter();
            let implied = implied.map(|place| visible(self.labels.get(*place)));
            let implied = implied.collect::<Vec<_>>().join(", ");
            about.push(format!("Implies {implied}."));
        }
        let before = format!("  {letter}");
        self.row(
            &before,
            (&name, 24, Style::new()),
            (&about.join(" "), 0, DIM),
        );
    }

    /// A name in a column of its own, and a text beside it, or below where there is no room. The
    /// first `width` bytes of the text have a column of their own, without colour.
    fn row(
        &mut self,
        before: &str,
        (name, column, name_style): (&str, usize, Style),
        (about, width, style): (&str, usize, Style),
    ) {
        let indent = before.width() + column + 2;
        let (marks, about) = about.split_at(width.min(about.len()));
        let mut marks = Some(marks).into_iter();
        let lines = wrap(about, WIDTH - indent - width).into_iter();
        let mut lines = lines.filter(|line| !line.is_empty()).map(|line| {
            let marks = marks.next().unwrap_or_default();
            format!("{marks:width$}{style}{line}{style:#}")
        });
        let mut names = wrap(name, WIDTH - before.width()).into_iter().peekable();
        let mut prefix = before.to_owned();
        while let Some(part) = names.next() {
            let _ = write!(self.text, "{prefix}{name_style}{part}{name_style:#}");
            let room = indent.saturating_sub(prefix.width() + part.width());
            if room >= 2
                && names.peek().is_none()
                && let Some(line) = lines.next()
            {
                let _ = write!(self.text, "{:room$}{line}", "");
            }
            self.text.push('\n');
            prefix = " ".repeat(before.width());
        }
        for line in lines {
            let _ = writeln!(self.text, "{:indent$}{line}", "");
        }
    }
}

/// A matrix of operations and scopes, a letter for each scope.
struct Matrix<'s> {
    scopes: &'s [usize],
}

impl<'s> Matrix<'s> {
    /// Nothing is shown where the scopes leave too little of `room`.
    fn new(report: &Report, scopes: &'s [usize], room: usize) -> Self {
        let is_of_use = report.operations.len() > 1 && scopes.len() > 1;
        let fits = scopes.len() <= LETTERS.len() && scopes.len() + 26 <= room;
        let scopes = if is_of_use && fits { scopes } else { &[] };
        Self { scopes }
    }

    fn is_shown(&self) -> bool {
        !self.scopes.is_empty()
    }

    fn width(&self) -> usize {
        match self.scopes.len() {
            0 => 0,
            scopes => scopes + 2,
        }
    }

    fn letter(&self, number: usize) -> String {
        let letter = LETTERS.get(number..=number).filter(|_| self.is_shown());
        letter.map_or_else(String::new, |letter| format!("{letter} "))
    }

    fn head(&self) -> &'static str {
        &LETTERS[..self.scopes.len()]
    }

    fn marks(&self, report: &Report, requirement: &ReportedRequirement) -> String {
        if !self.is_shown() {
            return String::new();
        }
        let alternatives = report.alternatives(requirement);
        let mark = |place: &usize| match report.contribution(*place, requirement, &alternatives) {
            Contribution::Alone => '#',
            Contribution::Part => '+',
            Contribution::None => '.',
        };
        self.scopes.iter().map(mark).chain([' ', ' ']).collect()
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
