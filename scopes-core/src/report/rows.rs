//! The operations of a report as the rows of a format.

use std::collections::HashMap;

use super::contents::{Report, ReportedOperation, ReportedRequirement};

/// One operation, what it is called, and what a format says of its requirement.
pub(crate) struct Row<'r, T> {
    pub(crate) operation: &'r ReportedOperation,
    pub(crate) label: String,
    pub(crate) about: T,
}

/// Returns a row for each of these operations, which stand in the order of a report. `about` is asked
/// once for each distinct requirement: many operations require the same.
pub(crate) fn rows<T: Clone>(
    operations: &[ReportedOperation],
    mut about: impl FnMut(&ReportedRequirement) -> T,
) -> impl Iterator<Item = Row<'_, T>> {
    let mut known: HashMap<&ReportedRequirement, T> = HashMap::new();
    operations
        .iter()
        .zip(operation_labels(operations))
        .map(move |(operation, label)| {
            let requirement = &operation.requirement;
            let about = known
                .entry(requirement)
                .or_insert_with(|| about(requirement));
            Row {
                operation,
                label,
                about: about.clone(),
            }
        })
}

impl Report {
    /// Returns the label of each operation: its name, with the path of its function where another one
    /// of the same server and kind has that name.
    #[must_use]
    pub fn operation_labels(&self) -> Vec<String> {
        operation_labels(&self.operations)
    }
}

/// Returns the labels of these operations, which are in the order of a report.
pub(super) fn operation_labels(operations: &[ReportedOperation]) -> Vec<String> {
    let namesakes = operations.chunk_by(|one, next| {
        (&one.server, one.kind, &one.name) == (&next.server, next.kind, &next.name)
    });
    let labels = namesakes.flat_map(|operations| {
        let is_shared = operations.len() > 1;
        operations.iter().map(move |operation| {
            let ReportedOperation { name, path, .. } = operation;
            if is_shared && !path.is_empty() && path != name {
                format!("{name} ({path})")
            } else {
                name.clone()
            }
        })
    });
    labels.collect()
}
