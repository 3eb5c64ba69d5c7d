//! A report as it is read from a file, where scopes are called by their labels.

use super::contents::{Report, ReportedOperation, ReportedScope};
use super::label::Labels;
use super::problem::ReportProblem;
use crate::registry::OperationKind;
use crate::scope::Access;

/// The parts of a report that were read before every label is known.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) packages: Vec<String>,
    pub(super) scopes: Vec<DraftScope>,
    pub(super) operations: Vec<DraftOperation>,
}

pub(super) struct DraftScope {
    /// The line in the file, for errors.
    pub(super) line: usize,
    /// The scope, but for what it implies.
    pub(super) scope: ReportedScope,
    pub(super) implies: Vec<String>,
}

pub(super) struct DraftOperation {
    /// The line in the file, for errors.
    pub(super) line: usize,
    pub(super) server: String,
    pub(super) kind: OperationKind,
    pub(super) name: String,
    pub(super) path: String,
    pub(super) requires: Access<String>,
}

impl Draft {
    /// Returns the report, or the line of a mistake and what it is.
    pub(super) fn finish(self) -> Result<Report, (usize, ReportProblem)> {
        let (mut scopes, implies): (Vec<_>, Vec<_>) = self
            .scopes
            .into_iter()
            .map(|draft| (draft.scope, (draft.line, draft.implies)))
            .unzip();
        let labels = Labels::of(&scopes);
        let known = labels.known().map_err(|error| (1, error))?;
        for (scope, (line, implies)) in scopes.iter_mut().zip(implies) {
            let places = implies.iter().map(|label| known.find(label));
            scope.implies = places
                .collect::<Result<_, _>>()
                .map_err(|error| (line, error))?;
        }
        let operations = self.operations.into_iter().map(|draft| {
            let requirement = draft
                .requires
                .try_change(|tree| tree.try_map(|label| known.find(label)));
            Ok(ReportedOperation {
                server: draft.server,
                kind: draft.kind,
                name: draft.name,
                path: draft.path,
                requirement: requirement.map_err(|error| (draft.line, error))?,
            })
        });
        let operations = operations.collect::<Result<_, _>>()?;
        Ok(Report::assembled(self.packages, scopes, operations))
    }
}
