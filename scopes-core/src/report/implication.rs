//! What a set of scopes amounts to, implications followed to the end.

use std::collections::{HashMap, HashSet};

use super::contents::{Report, ReportedOperation, ReportedRequirement, ReportedScope};
use crate::scope::{GrantedScopes, ScopeSet};

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

/// Which of a report's scopes somebody holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldScopes(Vec<bool>);

impl HeldScopes {
    /// Whether the scope at this place is among them.
    #[must_use]
    pub fn contains(&self, place: usize) -> bool {
        self.0.get(place).copied().unwrap_or_default()
    }

    /// Whether they are enough for `requirement`, for a caller who has a token.
    #[must_use]
    pub fn satisfy(&self, requirement: &ReportedRequirement) -> bool {
        match requirement {
            ReportedRequirement::Public | ReportedRequirement::Authenticated => true,
            ReportedRequirement::Scopes(expression) => {
                expression.is_satisfied(&|place| self.contains(place))
            }
        }
    }
}

impl Report {
    /// What a token with these scopes holds: a name stands for the scope of that name in every
    /// catalog, and for what it implies there.
    #[must_use]
    pub fn held(&self, granted: &GrantedScopes) -> HeldScopes {
        let names: HashSet<&str> = granted.names().collect();
        self.held_by(|name| names.contains(name))
    }

    pub(super) fn held_by(&self, is_granted: impl Fn(&str) -> bool) -> HeldScopes {
        let mut held = vec![false; self.scopes.len()];
        for (place, scope) in self.scopes.iter().enumerate() {
            if is_granted(scope.name.as_str()) {
                held[place] = true;
                for implied in &scope.implied {
                    held[*implied] = true;
                }
            }
        }
        HeldScopes(held)
    }

    /// What a caller may do: the operations that a token with these scopes is enough for, or, with
    /// `None`, those that need no token.
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
        // Many operations require the same.
        let mut decided: HashMap<&ReportedRequirement, bool> = HashMap::new();
        let mut permitted = Vec::new();
        for operation in &self.operations {
            let requirement = &operation.requirement;
            let is_permitted = decided.entry(requirement).or_insert_with(|| match &held {
                None => *requirement == ReportedRequirement::Public,
                Some(held) => held.satisfy(requirement),
            });
            if *is_permitted {
                permitted.push(operation);
            }
        }
        permitted
    }

    /// The names in `set` that the report knows no scope of.
    #[must_use]
    pub fn unknown_scopes(&self, set: &ScopeSet) -> ScopeSet {
        let known: HashSet<&str> = self
            .scopes
            .iter()
            .map(|scope| scope.name.as_str())
            .collect();
        let unknown = set.iter().filter(|scope| !known.contains(scope.as_str()));
        unknown.collect()
    }
}
