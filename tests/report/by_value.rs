//! Who gains by a change of a requirement with arguments: held against every token and every value of
//! a small vocabulary.

use std::collections::BTreeSet;

use proptest::prelude::*;
use scopes_core::report::Report;
use scopes_core::report::diff::{Diff, OperationChange, Witness};
use serde_json::{Value, json};

/// The declared names, and their placeholders.
const DECLARED: [(&str, &str); 4] = [("p0", ""), ("p1", ""), ("t:{x}", "x"), ("u:{x}:{y}", "xy")];
/// The values in tokens. An arm may have the first; the others stand for all that none has.
const VALUES: [&str; 3] = ["1", "2", "3"];
/// A value that an arm may have, and no scope can.
const UNFIT: &str = "x/y";
/// The arguments of the operation.
const ARGUMENTS: [&str; 2] = ["a", "b"];

/// A name in a token: the place of what declares it, and its values.
type Name = (usize, Vec<usize>);

fn names() -> Vec<Name> {
    let values = 0..VALUES.len();
    let pairs = values
        .clone()
        .flat_map(|x| (0..VALUES.len()).map(move |y| (3, vec![x, y])));
    let mut names = vec![(0, vec![]), (1, vec![])];
    names.extend(values.map(|x| (2, vec![x])));
    names.extend(pairs);
    names
}

#[derive(Clone, Debug)]
enum Needed {
    /// A declared name, and the arguments in its placeholders.
    Scope(usize, Vec<usize>),
    Any(Vec<Needed>),
    All(Vec<Needed>),
    /// An argument, and the arms; without values, for all others.
    Match(usize, Vec<(Vec<&'static str>, Needed)>),
}

/// A requirement, and what each declared name implies.
#[derive(Clone, Debug)]
struct Side {
    implies: Vec<BTreeSet<usize>>,
    needed: Needed,
}

/// For which tokens something is true: a bit for each set of names.
type Table = Vec<u64>;

impl Needed {
    fn json(&self) -> Value {
        let all = |members: &[Self]| members.iter().map(Self::json).collect::<Vec<_>>();
        match self {
            Self::Scope(place, arguments) => {
                let mut arguments = arguments.iter();
                let segments = DECLARED[*place].0.split(':').map(|segment| {
                    if segment.starts_with('{') {
                        let argument = arguments.next().expect("one for each placeholder");
                        format!("{{{}}}", ARGUMENTS[*argument])
                    } else {
                        segment.to_owned()
                    }
                });
                json!({ "scope": segments.collect::<Vec<_>>().join(":") })
            }
            Self::Any(members) => json!({ "any": all(members) }),
            Self::All(members) => json!({ "all": all(members) }),
            Self::Match(argument, arms) => {
                let arms = arms
                    .iter()
                    .map(|(values, needed)| json!({ "values": values, "requires": needed.json() }));
                let arms: Vec<_> = arms.collect();
                json!({ "match": { "argument": ARGUMENTS[*argument], "arms": arms } })
            }
        }
    }

    /// By the definition: which tokens are admitted with these arguments. `None` where an argument
    /// has no arm, or no value for a scope: then nobody is.
    fn admits(&self, arguments: [&str; 2], held: &[Table]) -> Option<Table> {
        let all = |members: &[Self]| -> Option<Vec<Table>> {
            members
                .iter()
                .map(|member| member.admits(arguments, held))
                .collect()
        };
        let join = |tables: Vec<Table>, first: u64, join: fn(u64, u64) -> u64| {
            tables
                .into_iter()
                .fold(vec![first; held[0].len()], |one, other| {
                    one.into_iter()
                        .zip(other)
                        .map(|(one, other)| join(one, other))
                        .collect()
                })
        };
        match self {
            Self::Scope(place, named) => {
                let value = |argument: &usize| {
                    VALUES
                        .iter()
                        .position(|value| *value == arguments[*argument])
                };
                let values = named.iter().map(value).collect::<Option<Vec<_>>>()?;
                let name = names()
                    .iter()
                    .position(|name| *name == (*place, values.clone()));
                Some(held[name.expect("every name")].clone())
            }
            Self::Any(members) => Some(join(all(members)?, 0, |one, other| one | other)),
            Self::All(members) => {
                let first = if members.is_empty() { 0 } else { u64::MAX };
                Some(join(all(members)?, first, |one, other| one & other))
            }
            Self::Match(argument, arms) => {
                let has = |arm: &&(Vec<&str>, Self)| arm.0.contains(&arguments[*argument]);
                let arm = arms.iter().find(has);
                let arm = arm.or_else(|| arms.iter().find(|arm| arm.0.is_empty()));
                arm?.1.admits(arguments, held)
            }
        }
    }

    /// Whether an arm that these arguments lead to has the value of this one.
    fn names_value(&self, arguments: [&str; 2], argument: usize) -> bool {
        match self {
            Self::Scope(..) => false,
            Self::Any(members) | Self::All(members) => {
                let mut members = members.iter();
                members.any(|member| member.names_value(arguments, argument))
            }
            Self::Match(other, arms) => {
                let named = arms.iter().find(|arm| arm.0.contains(&arguments[*other]));
                let arm = named.or_else(|| arms.iter().find(|arm| arm.0.is_empty()));
                (*other == argument && named.is_some())
                    || arm.is_some_and(|arm| arm.1.names_value(arguments, argument))
            }
        }
    }
}

impl Side {
    fn report(&self) -> Report {
        let scopes = DECLARED
            .iter()
            .zip(&self.implies)
            .map(|((name, _), implies)| {
                let implies: Vec<_> = implies.iter().map(|place| DECLARED[*place].0).collect();
                json!({ "name": name, "catalog": "Scope", "implies": implies })
            });
        let document = json!({
            "schema": "scopes-report", "version": 1, "scopes": scopes.collect::<Vec<_>>(),
            "servers": [{ "name": "", "operations": [
                { "kind": "tool", "name": "operation", "requires": self.needed.json() },
            ]}],
        });
        serde_json::from_value(document).expect("a report")
    }

    /// By the definition: what the declared names imply, followed until nothing is new, with the
    /// values of the placeholders of the same name.
    fn brings(&self, held: &Name, needed: &Name) -> bool {
        let mut reached = BTreeSet::from([held.0]);
        loop {
            let more = reached
                .iter()
                .flat_map(|place| self.implies[*place].clone());
            let more: BTreeSet<usize> = reached.iter().copied().chain(more).collect();
            if more == reached {
                break;
            }
            reached = more;
        }
        if held.0 == needed.0 || !reached.contains(&needed.0) {
            return held == needed;
        }
        let (from, to) = (DECLARED[held.0].1, DECLARED[needed.0].1);
        from.is_empty()
            || to.chars().zip(&needed.1).all(|(placeholder, value)| {
                from.find(placeholder)
                    .is_some_and(|at| held.1[at] == *value)
            })
    }

    /// For each name, which tokens hold it.
    fn held(&self) -> Vec<Table> {
        let names = names();
        let tokens = 1_usize << names.len();
        let tables = names.iter().map(|needed| {
            let bringing = names.iter().enumerate();
            let bringing = bringing.filter(|(_, held)| self.brings(held, needed));
            let bringing = bringing.fold(0, |mask, (number, _)| mask | 1_usize << number);
            let mut table = vec![0; tokens / 64];
            for token in (0..tokens).filter(|token| token & bringing != 0) {
                table[token / 64] |= 1 << (token % 64);
            }
            table
        });
        tables.collect()
    }
}

/// Every combination of arguments.
fn assignments() -> impl Iterator<Item = [&'static str; 2]> {
    let values = || VALUES.into_iter().chain([UNFIT]);
    values().flat_map(move |a| values().map(move |b| [a, b]))
}

/// Whether a change for these arguments has to be found. A value that no scope can have counts only where an
/// arm has it.
fn is_compared(one: &Side, other: &Side, arguments: [&str; 2]) -> bool {
    (0..ARGUMENTS.len()).all(|argument| {
        let mut sides = [one, other].into_iter();
        arguments[argument] != UNFIT
            || sides.any(|side| side.needed.names_value(arguments, argument))
    })
}

/// The token that a witness is for these arguments; `None` if there is none.
fn token(witness: &str, arguments: [&str; 2]) -> Option<usize> {
    let fresh = VALUES.iter().find(|value| !arguments.contains(value));
    let mut token = 0;
    for name in witness.split(' ').filter(|name| !name.is_empty()) {
        let name = name
            .replace("{a}", arguments[0])
            .replace("{b}", arguments[1]);
        let name = name.replace("{*}", fresh?);
        let mut segments = name.split(':');
        let first = segments.next()?;
        let place = DECLARED
            .iter()
            .position(|(name, _)| name.split(':').next() == Some(first));
        let values = segments.map(|value| VALUES.iter().position(|known| *known == value));
        let name = (place?, values.collect::<Option<Vec<_>>>()?);
        token |= 1 << names().iter().position(|known| *known == name)?;
    }
    Some(token)
}

fn check(witness: Option<&Witness>, by: &Side, not_by: &Side) -> Result<(), TestCaseError> {
    let (held, other) = (by.held(), not_by.held());
    let admitted = |side: &Side, held: &[Table], arguments, token: usize| {
        let table = side.needed.admits(arguments, held);
        table.is_some_and(|table| table[token / 64] >> (token % 64) & 1 == 1)
    };
    let is_compared = |arguments: &[&str; 2]| is_compared(by, not_by, *arguments);
    let Some(witness) = witness else {
        for arguments in assignments().filter(is_compared) {
            let gained = by.needed.admits(arguments, &held).unwrap_or_default();
            let before = not_by.needed.admits(arguments, &other);
            let before = before.unwrap_or_else(|| vec![0; gained.len()]);
            let is_gained = gained
                .iter()
                .zip(before)
                .any(|(one, other)| one & !other != 0);
            prop_assert!(!is_gained, "somebody gains with {arguments:?}");
        }
        return Ok(());
    };
    let Witness::Scopes { scopes, values } = witness else {
        return Err(TestCaseError::fail(format!("{witness:?}")));
    };
    let scopes = scopes.to_string();
    // Each argument has a value of its own: what is said of all values is said of those.
    let is_meant = |arguments: &[&str; 2]| {
        arguments[0] != arguments[1]
            && values.iter().all(|known| {
                let place = ARGUMENTS.iter().position(|name| *name == known.argument);
                let value = arguments[place.expect("an argument")];
                if known.values.is_empty() {
                    value != "1" && value != UNFIT
                } else {
                    known.values.iter().any(|one| one == value)
                }
            })
    };
    let mut is_right = false;
    for arguments in assignments() {
        let Some(token) = token(&scopes, arguments) else {
            continue;
        };
        let gains =
            admitted(by, &held, arguments, token) && !admitted(not_by, &other, arguments, token);
        is_right |= gains;
        if is_compared(&arguments) && is_meant(&arguments) {
            prop_assert!(gains, "not {scopes} {values:?} with {arguments:?}");
        }
    }
    prop_assert!(is_right, "{scopes} {values:?}");
    Ok(())
}

/// Compares what the diff says of a change with what every token and every value says.
fn compare(old: &Side, new: &Side) -> Result<(), TestCaseError> {
    let diff = Diff::between(&old.report(), &new.report());
    let (gains, loses) = match diff.operations() {
        [] => (None, None),
        [OperationChange::Changed { gains, loses, .. }] => (gains.as_ref(), loses.as_ref()),
        other => panic!("{other:?}"),
    };
    check(gains, new, old)?;
    check(loses, old, new)
}

#[test]
fn a_value_in_a_name_is_that_of_one_argument() {
    let side = |needed| Side {
        implies: vec![BTreeSet::new(); DECLARED.len()],
        needed,
    };
    let plain = || Needed::Scope(1, vec![]);
    let twice = |argument| Needed::Scope(3, vec![argument, argument]);
    // A token of `p1` and `u:1:1` gains for every `a`, but not where `b` is 1.
    let arms = vec![
        (vec!["1"], Needed::All(vec![plain(), twice(0)])),
        (vec![], plain()),
    ];
    let (old, new) = (side(twice(1)), side(Needed::Match(0, arms)));
    compare(&old, &new).expect("what brute force says");
}

/// A value of an arm that is never chosen is a case of its own.
#[test]
fn what_is_found_for_a_value_of_an_arm_that_is_never_chosen_is_true() {
    let plain = || Needed::Scope(0, vec![]);
    let mut old = Side {
        implies: vec![BTreeSet::new(); DECLARED.len()],
        needed: Needed::Any(vec![Needed::Scope(3, vec![0, 0]), plain()]),
    };
    old.implies[2].insert(0);
    let inner = vec![
        (vec!["1", UNFIT], Needed::Scope(2, vec![0])),
        (vec![], plain()),
    ];
    let inner = Needed::Any(vec![Needed::Match(0, inner)]);
    let new = Side {
        implies: vec![BTreeSet::new(); DECLARED.len()],
        needed: Needed::Match(0, vec![(vec!["1"], inner), (vec![], plain())]),
    };
    compare(&old, &new).expect("what brute force says");
}

fn any_needed() -> impl Strategy<Value = Needed> {
    let scope = prop_oneof![
        (0..2_usize).prop_map(|place| Needed::Scope(place, vec![])),
        (0..2_usize).prop_map(|a| Needed::Scope(2, vec![a])),
        (0..2_usize, 0..2_usize).prop_map(|(a, b)| Needed::Scope(3, vec![a, b])),
    ];
    scope.prop_recursive(4, 20, 3, |inner| {
        let members = proptest::collection::vec(inner.clone(), 0..4);
        let values = proptest::sample::select(vec![
            vec![vec!["1"], vec![]],
            vec![vec!["1", UNFIT], vec![]],
            vec![vec![UNFIT], vec!["1"]],
            vec![vec!["1"], vec![UNFIT], vec![]],
            vec![vec!["1"]],
            vec![vec![]],
        ]);
        let arms = proptest::collection::vec(inner, 3);
        let choice = (0..2_usize, values, arms).prop_map(|(argument, values, arms)| {
            Needed::Match(argument, values.into_iter().zip(arms).collect())
        });
        prop_oneof![
            members.clone().prop_map(Needed::Any),
            members.prop_map(Needed::All),
            choice,
        ]
    })
}

fn any_side() -> impl Strategy<Value = Side> {
    // What the derive allows: the placeholders of the implied are among those of a template.
    let allowed = [vec![1, 2, 3], vec![0, 2, 3], vec![0, 1], vec![0, 1, 2]];
    let implies = allowed.map(|places| {
        prop_oneof![
            2 => Just(BTreeSet::new()),
            1 => proptest::sample::subsequence(places, 0..=2)
                .prop_map(|places| places.into_iter().collect::<BTreeSet<usize>>()),
        ]
    });
    (implies, any_needed()).prop_map(|(implies, needed)| Side {
        implies: implies.into(),
        needed,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn looser_is_what_brute_force_says(old in any_side(), new in any_side()) {
        compare(&old, &new)?;
    }

    #[test]
    fn what_is_written_is_read_back(side in any_side()) {
        let report = side.report();
        let locked = Report::from_lock(&report.lock()).expect("our own");
        prop_assert_eq!(locked.lock(), report.lock());
        prop_assert_eq!(locked.operations(), report.operations());
        let read: Report = serde_json::from_str(&report.json()).expect("our own JSON");
        prop_assert_eq!(&read, &report);
        prop_assert_eq!(Diff::between(&report, &locked), Diff::default());
    }
}
