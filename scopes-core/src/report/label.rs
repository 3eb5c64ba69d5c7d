//! The labels of scopes in a report: the name, with the catalog only where the name is ambiguous. No
//! name contains a space, so the two cannot be confused.

use std::collections::HashMap;

use super::contents::{Report, ReportedRequirement, ReportedScope};
use super::problem::ReportProblem;

impl Report {
    /// Returns the label of each scope: its name, with its catalog where two have the same name.
    #[must_use]
    pub fn labels(&self) -> Vec<String> {
        Labels::of_report(self).0
    }
}

/// The labels of a report's scopes.
pub(super) struct Labels(Vec<String>);

impl Labels {
    pub(super) fn of(scopes: &[ReportedScope]) -> Self {
        let mut count: HashMap<&str, usize> = HashMap::new();
        for scope in scopes {
            *count.entry(scope.name.as_str()).or_default() += 1;
        }
        let label = |scope: &ReportedScope| match (count[scope.name.as_str()], &scope.catalog) {
            (1, _) => scope.name.to_string(),
            (_, Some(catalog)) => format!("{} ({catalog})", scope.name),
            (_, None) => format!("{} (undeclared)", scope.name),
        };
        Self(scopes.iter().map(label).collect())
    }

    pub(super) fn of_report(report: &Report) -> Self {
        Self::of(&report.scopes)
    }

    pub(super) fn get(&self, place: usize) -> &str {
        &self.0[place]
    }

    /// Returns the place of each label.
    ///
    /// # Errors
    ///
    /// If two scopes cannot be told apart.
    pub(super) fn known(&self) -> Result<KnownLabels<'_>, ReportProblem> {
        let mut places = HashMap::new();
        for (place, label) in self.0.iter().enumerate() {
            if places.insert(label.as_str(), place).is_some() {
                return Err(ReportProblem::DuplicateScope(label.to_owned()));
            }
        }
        Ok(KnownLabels(places))
    }

    /// Returns the requirement as it is written in an attribute, with each scope as `show` has it.
    pub(super) fn requirement(
        &self,
        requirement: &ReportedRequirement,
        show: &impl Fn(&str) -> String,
    ) -> String {
        requirement.map(|place| show(self.get(*place))).to_string()
    }
}

/// The places of the scopes of a report that is being read.
pub(super) struct KnownLabels<'l>(HashMap<&'l str, usize>);

impl KnownLabels<'_> {
    pub(super) fn find(&self, label: &str) -> Result<usize, ReportProblem> {
        let known = self.0.get(label).copied();
        known.ok_or_else(|| ReportProblem::UndeclaredScope(label.to_owned()))
    }
}
