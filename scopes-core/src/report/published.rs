//! The report without what is kept to oneself.

use super::contents::{
    Report, ReportedExpression, ReportedOperation, ReportedRequirement, ReportedScope,
};

impl Report {
    /// The report for others than the developer: no hidden scope is in it.
    ///
    /// Whoever holds no hidden scope may do exactly what the published report says. An operation
    /// that takes a hidden scope, and nothing else gives, is left out.
    #[must_use]
    pub fn published(&self) -> Self {
        let mut places = vec![None; self.scopes.len()];
        let open = (0..places.len()).filter(|place| !self.scopes[*place].hidden);
        for (new, old) in open.enumerate() {
            places[old] = Some(new);
        }
        let moved = |old: &[usize]| old.iter().filter_map(|place| places[*place]).collect();
        let scopes = self.scopes.iter().filter(|scope| !scope.hidden);
        let scopes = scopes.map(|scope| ReportedScope {
            // What is implied through a hidden scope is implied all the same.
            implies: moved(
                if scope.implies.iter().any(|one| self.scopes[*one].hidden) {
                    &scope.implied
                } else {
                    &scope.implies
                },
            ),
            ..scope.clone()
        });
        let operations = self.operations.iter().filter_map(|operation| {
            let requirement = match &operation.requirement {
                ReportedRequirement::Scopes(expression) => {
                    ReportedRequirement::Scopes(self.open(expression, &places)?)
                }
                other => other.clone(),
            };
            Some(ReportedOperation {
                requirement,
                ..operation.clone()
            })
        });
        Self::assembled(
            self.packages.clone(),
            scopes.collect(),
            operations.collect(),
        )
    }

    /// The expression over scopes that are not hidden; `None` if there is no way without.
    fn open(
        &self,
        expression: &ReportedExpression,
        places: &[Option<usize>],
    ) -> Option<ReportedExpression> {
        match expression {
            ReportedExpression::Scope(place) => match places[*place] {
                Some(place) => Some(ReportedExpression::Scope(place)),
                None => self.through_others(*place, places),
            },
            ReportedExpression::Any(members) => {
                let open = members
                    .iter()
                    .filter_map(|member| self.open(member, places));
                let open: Vec<_> = open.collect();
                (!open.is_empty()).then_some(ReportedExpression::Any(open))
            }
            ReportedExpression::All(members) => {
                let open = members.iter().map(|member| self.open(member, places));
                let open: Option<Vec<_>> = open.collect();
                open.filter(|open| !open.is_empty())
                    .map(ReportedExpression::All)
            }
        }
    }

    /// The open scopes that imply a hidden one.
    fn through_others(
        &self,
        hidden: usize,
        places: &[Option<usize>],
    ) -> Option<ReportedExpression> {
        let implying = (0..places.len())
            .filter(|place| self.scopes[*place].implied.binary_search(&hidden).is_ok());
        let mut open: Vec<_> = implying
            .filter_map(|place| places[place])
            .map(ReportedExpression::Scope)
            .collect();
        if open.len() > 1 {
            return Some(ReportedExpression::Any(open));
        }
        open.pop()
    }
}
