//! The scopes that a set of scopes grants, with all implications followed.

use std::collections::HashSet;

use super::contents::{Report, ReportedOperation, ReportedRequirement, ReportedScope};
use super::rows::rows;
use crate::scope::GrantedScopes;

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
    /// Returns the operations that a token with these scopes is allowed to call; with `None`, those
    /// that need no token.
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
                tree.is_satisfied(&|place| held.contains(place))
            }
        };
        let rows = rows(&self.operations, is_permitted).filter(|row| row.about);
        rows.map(|row| row.operation).collect()
    }

    /// The places of the scopes that a token holds: a name stands for the scope of that name in
    /// every catalog, and for what it implies there.
    fn held(&self, granted: &GrantedScopes) -> HashSet<usize> {
        let names: HashSet<&str> = granted.names().collect();
        let scopes = self.scopes.iter().enumerate();
        let granted = scopes.filter(|(_, scope)| names.contains(scope.name.as_str()));
        granted
            .flat_map(|(place, scope)| scope.implied.iter().copied().chain([place]))
            .collect()
    }
}
