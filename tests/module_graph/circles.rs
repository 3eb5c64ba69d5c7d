//! Circles of arrows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

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

/// The shortest way around in a circle, with its first file again at the end.
pub(crate) fn shortest<'a>(circle: &BTreeSet<Arrow<'a>>) -> Vec<&'a str> {
    let ways = circle.iter().filter_map(|(from, to)| {
        let mut open = VecDeque::from([vec![*from, *to]]);
        let mut reached = BTreeSet::new();
        while let Some(way) = open.pop_front() {
            let last = *way.last()?;
            if last == *from {
                return Some(way);
            }
            for (_, to) in circle.iter().filter(|(from, _)| *from == last) {
                if reached.insert(*to) {
                    open.push_back([way.as_slice(), &[*to]].concat());
                }
            }
        }
        None
    });
    ways.min_by_key(Vec::len).unwrap_or_default()
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
    assert_eq!(shortest(&found[0]), ["a", "b", "c", "a"]);
}
