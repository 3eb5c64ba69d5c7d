//! The scopes that a set of scopes grants, with all implications followed.

use std::collections::HashSet;

use super::contents::{Report, ReportedOperation, ReportedRequirement, ReportedScope};
use super::leaf::{Filling, ReportedLeaf};
use super::rows::rows;
use crate::scope::GrantedScopes;
use crate::scope::catalog::template;

/// Fills in what each scope implies, directly or through others. A file may have circles; they end
/// here like any other path.
pub(super) fn follow(scopes: &mut [ReportedScope]) {
    let implied: Vec<Vec<usize>> = (0..scopes.len())
        .map(|start| {
            let (mut found, mut open) = (HashSet::new(), vec![start]);
            while let Some(place) = open.pop() {
                for next in &scopes[place].implies {
                    if found.insert(*next) {
                        open.push(*next);
                    }
                }
            }
            found.remove(&start);
            let mut found: Vec<usize> = found.into_iter().collect();
            found.sort_unstable();
            found
        })
        .collect();
    for (scope, implied) in scopes.iter_mut().zip(implied) {
        scope.implied = implied;
    }
}

impl Report {
    /// Returns the operations that a token with these scopes is allowed to call with some values of their
    /// arguments; with `None`, those that need no token.
    ///
    /// ```
    /// # use scopes_core::{GrantedScopes, report::Report};
    /// let report = Report::of_program();
    /// let may_do = report.permitted(Some(&GrantedScopes::parse("entries:read")?));
    /// # drop(may_do);
    /// # Ok::<(), scopes_core::ParseScopeError>(())
    /// ```
    #[must_use]
    pub fn permitted(&self, granted: Option<&GrantedScopes>) -> Vec<&ReportedOperation> {
        let held = granted.map(|granted| self.held(granted));
        let is_permitted = |requirement: &ReportedRequirement| match (requirement, &held) {
            (ReportedRequirement::Public, _) | (ReportedRequirement::Authenticated, Some(_)) => {
                true
            }
            (_, None) => false,
            (ReportedRequirement::Scopes(tree), Some(held)) => {
                tree.is_satisfied(&|leaf| held.contains(&leaf.place))
            }
        };
        let rows = rows(&self.operations, is_permitted).filter(|row| row.about);
        rows.map(|row| row.operation).collect()
    }

    /// The places of the scopes that a token holds, of templates with some values: a name stands for
    /// the scope of that name in every catalog, and for what it implies there.
    fn held(&self, granted: &GrantedScopes) -> HashSet<usize> {
        let names: HashSet<&str> = granted.names().collect();
        let is_granted = |scope: &ReportedScope| {
            let name = scope.name.as_str();
            if !scope.is_template() {
                return names.contains(name);
            }
            let mut names = names.iter();
            names.any(|granted| template::read_values(name, granted, |_| {}))
        };
        let mut held = HashSet::new();
        for (place, scope) in self.scopes.iter().enumerate() {
            if is_granted(scope) {
                held.insert(place);
                held.extend(
                    scope
                        .implied
                        .iter()
                        .filter(|other| self.implies(place, **other)),
                );
            }
        }
        held
    }

    /// Returns whether the scope at `place` brings the one at `other`, which it implies, for some
    /// values.
    fn implies(&self, place: usize, other: usize) -> bool {
        let scope = &self.scopes[place];
        let is_named = |placeholder: &str| scope.placeholders().any(|name| name == placeholder);
        !scope.is_template() || self.scopes[other].placeholders().all(is_named)
    }
}

impl Report {
    /// Returns the scope at `place`, with those values for which it brings `needed`; any value where
    /// it makes no difference. `None` if it does not bring `needed`.
    pub(super) fn bringing(&self, place: usize, needed: &ReportedLeaf) -> Option<ReportedLeaf> {
        if place == needed.place {
            return Some(needed.clone());
        }
        let scope = &self.scopes[place];
        scope.implied.binary_search(&needed.place).ok()?;
        let mut fillings = vec![Filling::Any; scope.placeholders().count()];
        if !fillings.is_empty() {
            let placeholders = self.scopes[needed.place].placeholders();
            for (placeholder, filling) in placeholders.zip(&needed.fillings) {
                let at = scope.placeholders().position(|name| name == placeholder)?;
                fillings[at].clone_from(filling);
            }
        }
        Some(ReportedLeaf { place, fillings })
    }

    /// Returns whether `held` brings `needed`.
    pub(super) fn brings(&self, held: &ReportedLeaf, needed: &ReportedLeaf) -> bool {
        if needed.fillings.is_empty() {
            let implied = &self.scopes[held.place].implied;
            return held.place == needed.place || implied.binary_search(&needed.place).is_ok();
        }
        let Some(least) = self.bringing(held.place, needed) else {
            return false;
        };
        let mut fillings = least.fillings.iter().zip(&held.fillings);
        fillings.all(|(least, held)| *least == Filling::Any || least == held)
    }
}
