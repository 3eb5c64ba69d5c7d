//! What a scope is called inside a report: its name, and the catalog only where the name is not
//! enough. A space stands in no name, so the two cannot be confused.

use std::collections::HashMap;

use super::contents::{Report, ReportedRequirement, ReportedScope};
use super::problem::ReportProblem;

impl Report {
    /// What each scope is called: its name, and its catalog where two have one name.
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

    /// Where each label stands.
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

/// Where the scopes of a report that is being read are found.
pub(super) struct KnownLabels<'l>(HashMap<&'l str, usize>);

impl KnownLabels<'_> {
    pub(super) fn find(&self, label: &str) -> Result<usize, ReportProblem> {
        let known = self.0.get(label).copied();
        known.ok_or_else(|| ReportProblem::UndeclaredScope(label.to_owned()))
    }
}
