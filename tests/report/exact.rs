//! Who gains by a change: held against every set of scopes, and, of many scopes, against some.

use std::collections::BTreeSet;

use proptest::prelude::*;
use scopes_core::report::Report;
use scopes_core::report::diff::{Diff, OperationChange, Verdict, Witness};
use serde_json::{Value, json};

use crate::random::{self, Needed, Side};

/// Whether the witness is right; where there is none, whether no set of `sets` is one.
fn check_witness(
    witness: Option<&Witness>,
    by: &Side,
    not_by: &Side,
    sets: impl Iterator<Item = BTreeSet<usize>>,
) -> Result<(), TestCaseError> {
    let is_public = |side: &Side| matches!(side.needed, Needed::Public);
    let anonymous = is_public(by) && !is_public(not_by);
    match witness {
        None => {
            let mut sets = sets;
            let set = sets.find(|set| by.admits(set) && !not_by.admits(set));
            prop_assert!(!anonymous && set.is_none(), "{set:?}");
        }
        Some(Witness::Anonymous) => prop_assert!(anonymous),
        Some(Witness::Scopes { scopes, .. }) => {
            let named: BTreeSet<usize> = scopes
                .iter()
                .map(|scope| scope.as_str()["scope:".len()..].parse().expect("a number"))
                .collect();
            prop_assert!(by.admits(&named) && !not_by.admits(&named), "{scopes}");
            for scope in &named {
                let mut fewer = named.clone();
                fewer.remove(scope);
                prop_assert!(!by.admits(&fewer), "{scopes} could do without {scope}");
            }
        }
        Some(other) => prop_assert!(false, "{other:?}"),
    }
    Ok(())
}

fn gains_and_loses(diff: &Diff) -> (Option<&Witness>, Option<&Witness>) {
    match diff.operations() {
        [] => (None, None),
        [OperationChange::Changed { gains, loses, .. }] => (gains.as_ref(), loses.as_ref()),
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn looser_is_what_brute_force_says(old in random::any_side(), new in random::any_side()) {
        let diff = Diff::between(&old.report(), &new.report());
        let (gains, loses) = gains_and_loses(&diff);
        check_witness(gains, &new, &old, random::sets())?;
        check_witness(loses, &old, &new, random::sets())?;
        prop_assert_eq!(diff.verdict() == Verdict::Loosened, gains.is_some());
    }

    #[test]
    fn a_report_is_the_same_as_itself(side in random::any_side()) {
        prop_assert_eq!(Diff::between(&side.report(), &side.report()), Diff::default());
    }
}

proptest! {
    #[test]
    fn requirements_of_forty_scopes_are_always_decided(
        old in random::any_side_over(40),
        new in random::any_side_over(40),
        sets in proptest::collection::vec(proptest::collection::btree_set(0..40_usize, 0..40), 64),
    ) {
        let diff = Diff::between(&old.report(), &new.report());
        let (gains, loses) = gains_and_loses(&diff);
        check_witness(gains, &new, &old, sets.iter().cloned())?;
        check_witness(loses, &old, &new, sets.into_iter())?;
    }
}

/// A report of one operation over so many scopes.
fn over(requires: &Value, scopes: usize) -> Report {
    let scopes = (0..scopes).map(|number| json!({ "name": format!("s{number}") }));
    let document = json!({
        "schema": "scopes-report", "version": 1, "scopes": scopes.collect::<Vec<_>>(),
        "servers": [{ "name": "", "operations": [
            { "kind": "tool", "name": "operation", "requires": requires },
        ]}],
    });
    serde_json::from_value(document).expect("a report")
}

/// Requirements over forty scopes for which simple searches take too long.
#[test]
fn forty_scopes_are_compared() {
    let compare = |old: &Value, new: &Value, scopes: usize| {
        Diff::between(&over(old, scopes), &over(new, scopes)).verdict()
    };
    let scope = |number: usize| json!({ "scope": format!("s{number}") });
    let pair = |one: usize, other: usize| json!({ "all": [scope(one), scope(other)] });
    // A million ways, and the one that is missing.
    let twenty = |left_out: usize| {
        let pairs = (0..20 - left_out).map(|n| json!({ "any": [scope(2 * n), scope(2 * n + 1)] }));
        json!({ "all": pairs.collect::<Vec<_>>() })
    };
    assert_eq!(compare(&twenty(0), &twenty(1), 40), Verdict::Loosened);
    assert_eq!(compare(&twenty(1), &twenty(0), 40), Verdict::Changed);
    // The same, with every two pairs multiplied out: no part of it is the same.
    let multiplied = (0..10).map(|n| {
        let [a, b, c, d] = [4 * n, 4 * n + 1, 4 * n + 2, 4 * n + 3];
        json!({ "any": [pair(a, c), pair(a, d), pair(b, c), pair(b, d)] })
    });
    let multiplied = json!({ "all": multiplied.collect::<Vec<_>>() });
    assert_eq!(compare(&twenty(0), &multiplied, 40), Verdict::Changed);
    assert_eq!(compare(&multiplied, &twenty(0), 40), Verdict::Changed);
    // Seven pigeons in six holes: whoever puts each into one has two in the same.
    let (each, together) = pigeons(7, 6);
    assert_eq!(compare(&together, &each, 42), Verdict::Changed);
    assert_eq!(compare(&each, &together, 42), Verdict::Loosened);
}

/// Each pigeon is in a hole; and two of them are in the same.
fn pigeons(pigeons: usize, holes: usize) -> (Value, Value) {
    let is_in =
        |pigeon: usize, hole: usize| json!({ "scope": format!("s{}", pigeon * holes + hole) });
    let each = (0..pigeons).map(|pigeon| {
        let places: Vec<_> = (0..holes).map(|hole| is_in(pigeon, hole)).collect();
        json!({ "any": places })
    });
    let mut together = Vec::new();
    for hole in 0..holes {
        for one in 0..pigeons {
            together.extend(
                (0..one).map(|other| json!({ "all": [is_in(one, hole), is_in(other, hole)] })),
            );
        }
    }
    (
        json!({ "all": each.collect::<Vec<_>>() }),
        json!({ "any": together }),
    )
}

#[test]
fn what_nobody_can_compare_counts_as_looser() {
    let (each, together) = pigeons(13, 12);
    let diff = Diff::between(&over(&together, 156), &over(&each, 156));
    assert_eq!(diff.verdict(), Verdict::Loosened);
    let message = diff.to_string();
    assert!(message.contains("The requirements are too large to compare; treated as loosened: a caller may now call tool `operation`"), "{message}");
}
