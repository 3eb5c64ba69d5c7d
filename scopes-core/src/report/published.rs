//! The report without hidden scopes.

use super::contents::{Report, ReportedOperation, ReportedScope};
use super::leaf::ReportedLeaf;
use crate::registry::OperationKind;
use crate::scope::Tree;

impl Report {
    /// Returns the report for publication, without hidden scopes.
    ///
    /// It is exact for every caller without hidden scopes. An operation that only a hidden scope
    /// gives access to is left out. Descriptions of plain functions, which clients do not see, are left
    /// out as well.
    #[must_use]
    pub fn published(&self) -> Self {
        let mut places = vec![None; self.scopes.len()];
        let open = (0..places.len()).filter(|place| !self.scopes[*place].hidden);
        for (new, old) in open.enumerate() {
            places[old] = Some(new);
        }
        let moved_all = |old: &[usize]| old.iter().filter_map(|place| places[*place]).collect();
        let scopes = self.scopes.iter().filter(|scope| !scope.hidden);
        let scopes = scopes.map(|scope| ReportedScope {
            // Scopes that are implied through a hidden scope are still implied.
            implies: moved_all(
                if scope.implies.iter().any(|one| self.scopes[*one].hidden) {
                    &scope.implied
                } else {
                    &scope.implies
                },
            ),
            ..scope.clone()
        });
        let operations = self.operations.iter().filter_map(|operation| {
            let moved = |leaf: ReportedLeaf| {
                let place = places[leaf.place]?;
                Some(ReportedLeaf { place, ..leaf })
            };
            let open = |leaf: &ReportedLeaf| match moved(leaf.clone()) {
                Some(leaf) => Some(Tree::Leaf(leaf)),
                None => Tree::one_of(self.implying(leaf).filter_map(moved)),
            };
            let requirement = operation.requirement.prune(open)?;
            Some(ReportedOperation {
                requirement,
                description: match operation.kind {
                    OperationKind::Function => String::new(),
                    _ => operation.description.clone(),
                },
                ..operation.clone()
            })
        });
        let published = Self::assembled(
            self.packages.clone(),
            self.anonymous.clone(),
            scopes.collect(),
            operations.collect(),
        );
        Self {
            program: self.program.clone(),
            ..published
        }
    }

    /// The scopes that bring `leaf` by implication.
    fn implying(&self, leaf: &ReportedLeaf) -> impl Iterator<Item = ReportedLeaf> {
        let others = (0..self.scopes.len()).filter(|place| *place != leaf.place);
        others.filter_map(|place| self.bringing(place, leaf))
    }
}
