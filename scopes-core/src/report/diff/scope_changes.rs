//! The changes of the scopes themselves.

use std::collections::BTreeSet;

use super::{Difference, ScopeChange};
use crate::report::contents::{Report, ReportedScope};
use crate::report::label::Labels;

/// The changes, in the order of the new report; what has gone comes last.
pub(super) fn scope_changes(old: &Report, new: &Report) -> Vec<ScopeChange> {
    let labels = [Labels::of_report(old), Labels::of_report(new)];
    let mut gone: BTreeSet<usize> = (0..old.scopes.len()).collect();
    let mut partners: Vec<Option<usize>> = vec![None; new.scopes.len()];
    let same_catalog = |one: &ReportedScope, other: &ReportedScope| one.catalog == other.catalog;
    // A catalog that moves to another module takes its scopes along.
    for any_catalog in [false, true] {
        let mut by_name = std::collections::HashMap::new();
        for place in &gone {
            let scope = &old.scopes[*place];
            let places: &mut Vec<usize> = by_name.entry(&scope.name).or_default();
            places.push(*place);
        }
        for (place, scope) in new.scopes.iter().enumerate() {
            if partners[place].is_some() {
                continue;
            }
            let candidates = by_name.get(&scope.name).into_iter().flatten();
            let mut candidates = candidates.filter(|candidate| gone.contains(*candidate));
            let found = candidates
                .find(|other| any_catalog || same_catalog(scope, &old.scopes[**other]))
                .copied();
            if let Some(found) = found {
                gone.remove(&found);
                partners[place] = Some(found);
            }
        }
    }
    let mut changes = Vec::new();
    for (place, partner) in partners.into_iter().enumerate() {
        let scope = labels[1].get(place).to_owned();
        let Some(partner) = partner else {
            let description = new.scopes[place].description.clone();
            changes.push(ScopeChange::Added { scope, description });
            continue;
        };
        let differences = differences(old, partner, new, place, &labels);
        if !differences.is_empty() {
            changes.push(ScopeChange::Changed { scope, differences });
        }
    }
    changes.extend(gone.into_iter().map(|place| ScopeChange::Removed {
        scope: labels[0].get(place).to_owned(),
    }));
    changes
}

fn differences(
    old: &Report,
    old_place: usize,
    new: &Report,
    new_place: usize,
    labels: &[Labels<'_>; 2],
) -> Vec<Difference> {
    let (before, after) = (&old.scopes[old_place], &new.scopes[new_place]);
    let names = |labels: &Labels<'_>, places: &[usize]| -> Vec<String> {
        let names = places.iter().map(|place| labels.get(*place).to_owned());
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        names
    };
    let mut differences = Vec::new();
    if before.catalog != after.catalog {
        differences.push(Difference::Catalog {
            from: before.catalog.clone(),
            to: after.catalog.clone(),
        });
    }
    if before.description != after.description {
        differences.push(Difference::Description {
            from: before.description.clone(),
            to: after.description.clone(),
        });
    }
    let implies = [
        names(&labels[0], &before.implies),
        names(&labels[1], &after.implies),
    ];
    if implies[0] != implies[1] {
        let [from, to] = implies;
        differences.push(Difference::Implies { from, to });
    }
    if before.baseline != after.baseline {
        differences.push(Difference::Baseline(after.baseline));
    }
    if before.hidden != after.hidden {
        differences.push(Difference::Hidden(after.hidden));
    }
    if before.requestable != after.requestable {
        differences.push(Difference::Requestable(after.requestable));
    }
    differences
}
