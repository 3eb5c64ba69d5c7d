//! The report as comma-separated values.

use super::alternatives::{Contribution, ReportedCase, cases_of};
use super::cases::text_of;
use super::contents::{Report, ReportedRequirement};
use super::label::Labels;
use super::rows::rows;
use super::safe_text::no_formula;

impl Report {
    /// Returns the report as CSV (RFC 4180): a line for each operation, with a column for each scope that
    /// says `alone` where the scope is enough, by itself or by what it implies, and `part` where it
    /// is together with others. Of an operation with `match`, there is a line for each value, which
    /// stands in the column `when`.
    ///
    /// Text that a spreadsheet would take for a formula begins with an apostrophe.
    #[must_use]
    pub fn csv(&self) -> String {
        let labels = Labels::of_report(self);
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        let columns = [
            "server",
            "kind",
            "operation",
            "requires",
            "when",
            "alternatives",
        ];
        let scopes = (0..self.scopes.len()).map(|place| no_formula(labels.get(place)));
        let head = columns.map(str::to_owned).into_iter().chain(scopes);
        // Nothing is written to but memory.
        let _ = writer.write_record(head);
        for row in rows(&self.operations, |requirement| {
            self.required_cells(requirement, &labels)
        }) {
            let own = [
                no_formula(&row.operation.server),
                row.operation.kind.to_string(),
                no_formula(&row.label),
            ];
            for cells in &row.about {
                let _ = writer.write_record(own.iter().chain(cells));
            }
        }
        let bytes = writer.into_inner().unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }

    fn required_cells(
        &self,
        requirement: &ReportedRequirement,
        labels: &Labels<'_>,
    ) -> Vec<Vec<String>> {
        let text = labels.requirement(requirement, &str::to_owned);
        let cells = |case: ReportedCase| {
            let alternatives = self.alternatives(&case.requirement);
            let sets = alternatives.ways.iter();
            let mut sets: Vec<_> = sets.map(|set| labels.of_leaves(set).join(" ")).collect();
            if !alternatives.complete {
                sets.push("..".to_owned());
            }
            let scopes = (0..self.scopes.len()).map(|place| {
                let word = match self.contribution(place, &case.requirement, &alternatives) {
                    Contribution::Alone => "alone",
                    Contribution::Part => "part",
                    Contribution::None => "",
                };
                word.to_owned()
            });
            let about = [&text, &text_of(&case.values), &sets.join(" | ")];
            about
                .map(|text| no_formula(text))
                .into_iter()
                .chain(scopes)
                .collect()
        };
        cases_of(requirement).into_iter().map(cells).collect()
    }
}
