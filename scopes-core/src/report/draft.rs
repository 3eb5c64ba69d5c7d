//! A report as it is read from a file, where scopes are called by their labels.

use super::contents::{
    Report, ReportedAnonymous, ReportedArgument, ReportedOperation, ReportedProgram, ReportedScope,
};
use super::label::Labels;
use super::problem::ReportProblem;
use crate::registry::OperationKind;
use crate::scope::Access;
use crate::scope::catalog::template;

/// The parts of a report that were read before every label is known.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) program: Option<ReportedProgram>,
    pub(super) packages: Vec<String>,
    pub(super) anonymous: Vec<ReportedAnonymous>,
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
    pub(super) arguments: Vec<ReportedArgument>,
    pub(super) description: String,
}

impl Draft {
    /// Returns the report, or the line of a mistake and what it is.
    pub(super) fn finish(self) -> Result<Report, (usize, ReportProblem)> {
        let (mut scopes, implies): (Vec<_>, Vec<_>) = self
            .scopes
            .into_iter()
            .map(|draft| (draft.scope, (draft.line, draft.implies)))
            .unzip();
        for (scope, (line, _)) in scopes.iter().zip(&implies) {
            if scope.is_template() && !template::is_well_formed(scope.name.as_str()) {
                let name = scope.name.to_string();
                return Err((*line, ReportProblem::MalformedTemplate(name)));
            }
        }
        let labels = Labels::of(&scopes);
        let known = labels.known().map_err(|error| (1, error))?;
        let places = implies.into_iter().map(|(line, implies)| {
            let places = implies.iter().map(|label| known.find(label));
            let places: Result<Vec<_>, _> = places.collect();
            places.map_err(|error| (line, error))
        });
        let places = places.collect::<Result<Vec<_>, _>>()?;
        let operations = self.operations.into_iter().map(|draft| {
            let requirement = draft
                .requires
                .try_change(|tree| tree.try_map(|label| known.leaf(label)));
            Ok(ReportedOperation {
                server: draft.server,
                kind: draft.kind,
                name: draft.name,
                path: draft.path,
                requirement: requirement.map_err(|error| (draft.line, error))?,
                arguments: draft.arguments,
                description: draft.description,
            })
        });
        let operations = operations.collect::<Result<_, _>>()?;
        for (scope, places) in scopes.iter_mut().zip(places) {
            scope.implies = places;
        }
        Ok(Report {
            program: self.program,
            ..Report::assembled(self.packages, self.anonymous, scopes, operations)
        })
    }
}
