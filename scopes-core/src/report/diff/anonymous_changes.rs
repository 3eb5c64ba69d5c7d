//! The handlers of two reports that admit callers without a token.

use std::collections::BTreeMap;

use super::AnonymousChange;
use crate::registry::AnonymousLists;
use crate::report::contents::Report;

/// The changes, by handler. One that is declared twice shows the wider lists.
pub(super) fn anonymous_changes(old: &Report, new: &Report) -> Vec<AnonymousChange> {
    let mut handlers: BTreeMap<&str, [Option<AnonymousLists>; 2]> = BTreeMap::new();
    for (side, report) in [old, new].into_iter().enumerate() {
        for anonymous in &report.anonymous {
            let lists = &mut handlers.entry(&anonymous.handler).or_default()[side];
            *lists = (*lists).max(Some(anonymous.lists));
        }
    }
    let changed = handlers.into_iter().filter(|(_, [from, to])| from != to);
    changed
        .map(|(handler, [from, to])| AnonymousChange {
            handler: handler.to_owned(),
            from,
            to,
        })
        .collect()
}
