//! Circles of arrows.

use std::collections::{BTreeMap, BTreeSet};

type Arrow<'a> = (&'a str, &'a str);

/// Each circle as the arrows between its members: the strongly connected components.
pub(crate) fn circles<'a>(arrows: &BTreeSet<Arrow<'a>>) -> Vec<BTreeSet<Arrow<'a>>> {
    let files: BTreeSet<_> = arrows.iter().flat_map(|(from, to)| [*from, *to]).collect();
    let reached: BTreeMap<_, _> = files
        .iter()
        .map(|file| (*file, reachable(arrows, file)))
        .collect();
    let mut found: Vec<BTreeSet<Arrow<'a>>> = Vec::new();
    for arrow @ (from, to) in arrows {
        if !reached[to].contains(from) {
            continue;
        }
        let same = |circle: &&mut BTreeSet<Arrow<'a>>| {
            let of_circle = circle.first().map(|(member, _)| *member);
            of_circle.is_some_and(|it| reached[from].contains(it) && reached[it].contains(from))
        };
        match found.iter_mut().find(same) {
            Some(circle) => drop(circle.insert(*arrow)),
            None => found.push([*arrow].into()),
        }
    }
    found
}

/// The files that the arrows lead to from this one.
pub(crate) fn reachable<'a>(arrows: &BTreeSet<Arrow<'a>>, from: &str) -> BTreeSet<&'a str> {
    let mut open = vec![from];
    let mut reached = BTreeSet::new();
    while let Some(file) = open.pop() {
        let next = arrows.iter().filter(|(from, _)| *from == file);
        let new: Vec<_> = next
            .map(|(_, to)| *to)
            .filter(|to| !reached.contains(to))
            .collect();
        reached.extend(&new);
        open.extend(new);
    }
    reached
}

#[test]
fn circles_are_found_and_told_apart() {
    let arrows = [
        ("a", "b"),
        ("b", "c"),
        ("c", "a"),
        ("c", "d"),
        ("d", "e"),
        ("e", "d"),
    ];
    let found = circles(&arrows.into());
    let first = [("a", "b"), ("b", "c"), ("c", "a")];
    assert_eq!(found, [first.into(), [("d", "e"), ("e", "d")].into()]);
    assert!(circles(&[("a", "b"), ("b", "c"), ("a", "c")].into()).is_empty());
}
