//! The labels of scopes in a report: the name, with the catalog only where the name is ambiguous. No
//! name contains a space, so the two cannot be confused.

use std::collections::HashMap;

use super::contents::{Report, ReportedRequirement, ReportedScope};
use super::leaf::{Filling, ReportedLeaf};
use super::problem::ReportProblem;
use super::safe_text::markdown_code;
use crate::scope::catalog::template;

impl Report {
    /// Returns the label of each scope: its name, with its catalog where two have the same name.
    #[must_use]
    pub fn labels(&self) -> Vec<String> {
        Labels::of_report(self).labels
    }
}

/// The labels of a report's scopes.
pub(crate) struct Labels<'r> {
    scopes: &'r [ReportedScope],
    labels: Vec<String>,
}

impl<'r> Labels<'r> {
    pub(super) fn of(scopes: &'r [ReportedScope]) -> Self {
        let mut count: HashMap<String, usize> = HashMap::new();
        for scope in scopes {
            *count.entry(shape(scope)).or_default() += 1;
        }
        let label = |scope: &ReportedScope| match count[&shape(scope)] {
            1 => scope.name.to_string(),
            _ => format!("{} {}", scope.name, place_of(scope)),
        };
        let labels = scopes.iter().map(label).collect();
        Self { scopes, labels }
    }

    pub(crate) fn of_report(report: &'r Report) -> Self {
        Self::of(&report.scopes)
    }

    pub(crate) fn get(&self, place: usize) -> &str {
        &self.labels[place]
    }

    /// Returns the label of a leaf's scope, with what fills its placeholders.
    pub(super) fn of_leaf(&self, leaf: &ReportedLeaf) -> String {
        let label = self.get(leaf.place);
        if leaf.fillings.is_empty() {
            return label.to_owned();
        }
        let scope = &self.scopes[leaf.place];
        let name = leaf.spelled(scope.name.as_str());
        // Another scope may have the name that a value makes.
        let is_value = |filling: &Filling| matches!(filling, Filling::Value(_));
        if label.contains(' ') || leaf.fillings.iter().any(is_value) {
            return format!("{name} {}", place_of(scope));
        }
        name
    }

    pub(super) fn of_leaves(&self, leaves: &[ReportedLeaf]) -> Vec<String> {
        leaves.iter().map(|leaf| self.of_leaf(leaf)).collect()
    }

    /// Returns the place of each label.
    ///
    /// # Errors
    ///
    /// If two scopes cannot be told apart.
    pub(super) fn known(&self) -> Result<KnownLabels<'_>, ReportProblem> {
        let mut places = HashMap::new();
        for (place, label) in self.labels.iter().enumerate() {
            if places.insert(label.as_str(), place).is_some() {
                return Err(ReportProblem::DuplicateScope(label.to_owned()));
            }
        }
        let labels = self;
        Ok(KnownLabels { labels, places })
    }

    /// Returns the requirement as it is written in an attribute, with each scope as `show` has it.
    pub(crate) fn requirement(
        &self,
        requirement: &ReportedRequirement,
        show: &impl Fn(&str) -> String,
    ) -> String {
        requirement
            .map(|leaf| show(&self.of_leaf(leaf)))
            .to_string()
    }

    /// As [`requirement`](Self::requirement), for a cell of a Markdown table.
    pub(super) fn markdown(&self, requirement: &ReportedRequirement) -> String {
        match requirement {
            ReportedRequirement::Scopes(tree) => tree.spelled(
                &|leaf| markdown_code(&self.of_leaf(leaf)),
                &|text| markdown_code(&text),
                MARKDOWN_OR,
            ),
            other => self.requirement(other, &markdown_code),
        }
    }
}

/// The `|` between two values, in a cell of a Markdown table.
pub(super) const MARKDOWN_OR: &str = " \\| ";

/// Returns the part of a label that tells a scope from another one of the same name.
fn place_of(scope: &ReportedScope) -> String {
    format!("({})", scope.catalog.as_deref().unwrap_or("undeclared"))
}

/// The name, without what its placeholders are called.
fn shape(scope: &ReportedScope) -> String {
    let name = scope.name.as_str();
    if !template::is_well_formed(name) {
        return name.to_owned();
    }
    template::fill(name, |_| "{}")
}

/// The places of the scopes of a report that is being read.
pub(super) struct KnownLabels<'l> {
    labels: &'l Labels<'l>,
    places: HashMap<&'l str, usize>,
}

impl KnownLabels<'_> {
    pub(super) fn find(&self, label: &str) -> Result<usize, ReportProblem> {
        let known = self.places.get(label).copied();
        known.ok_or_else(|| ReportProblem::UndeclaredScope(label.to_owned()))
    }

    /// Returns the leaf of which this is the label.
    pub(super) fn leaf(&self, label: &str) -> Result<ReportedLeaf, ReportProblem> {
        let scopes = self.labels.scopes;
        let is_plain = |place: &usize| !scopes[*place].is_template();
        if let Some(place) = self.places.get(label).copied().filter(is_plain) {
            let fillings = Vec::new();
            return Ok(ReportedLeaf { place, fillings });
        }
        let leaves = scopes.iter().enumerate().filter_map(|(place, scope)| {
            let fillings = scope.is_template().then(|| {
                let name = label.split(' ').next().unwrap_or_default();
                Filling::read_all(scope.name.as_str(), name)
            });
            let fillings = fillings.flatten()?;
            Some(ReportedLeaf { place, fillings })
        });
        let mut leaves = leaves.filter(|leaf| self.labels.of_leaf(leaf) == label);
        let found = leaves.next();
        found.ok_or_else(|| ReportProblem::UndeclaredScope(label.to_owned()))
    }
}
