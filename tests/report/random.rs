//! Reports of any content, and what they admit by the definition.

use std::collections::BTreeSet;

use proptest::prelude::*;
use scopes_core::report::Report;
use serde_json::{Value, json};

/// How many scopes there are: every set of them is tried.
pub(crate) const SCOPES: usize = 8;

/// A requirement and the implications that it is judged by.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    pub(crate) implies: Vec<BTreeSet<usize>>,
    pub(crate) needed: Needed,
}

#[derive(Clone, Debug)]
pub(crate) enum Needed {
    Public,
    Authenticated,
    Scope(usize),
    Any(Vec<Needed>),
    All(Vec<Needed>),
}

impl Needed {
    fn json(&self) -> Value {
        let all = |members: &[Self]| members.iter().map(Self::json).collect::<Vec<_>>();
        match self {
            Self::Public => json!("public"),
            Self::Authenticated => json!("authenticated"),
            Self::Scope(scope) => json!({ "scope": name(*scope) }),
            Self::Any(members) => json!({ "any": all(members) }),
            Self::All(members) => json!({ "all": all(members) }),
        }
    }

    /// By the definition, for a caller with a token.
    fn admits(&self, held: &BTreeSet<usize>) -> bool {
        match self {
            Self::Public | Self::Authenticated => true,
            Self::Scope(scope) => held.contains(scope),
            Self::Any(members) => members.iter().any(|member| member.admits(held)),
            Self::All(members) => {
                !members.is_empty() && members.iter().all(|member| member.admits(held))
            }
        }
    }
}

impl Side {
    /// A report of one operation.
    pub(crate) fn report(&self) -> Report {
        let scopes = self.implies.iter().enumerate().map(|(scope, implies)| {
            let implies: Vec<_> = implies.iter().map(|other| name(*other)).collect();
            json!({ "name": name(scope), "catalog": "Scope", "implies": implies })
        });
        let document = json!({
            "schema": "scopes-report",
            "version": 1,
            "scopes": scopes.collect::<Vec<_>>(),
            "servers": [{ "name": "", "operations": [
                { "kind": "tool", "name": "operation", "requires": self.needed.json() },
            ]}],
        });
        serde_json::from_value(document).expect("a report")
    }

    /// By the definition: the implications followed until nothing is new.
    pub(crate) fn admits(&self, granted: &BTreeSet<usize>) -> bool {
        let mut held = granted.clone();
        loop {
            let implied = held.iter().flat_map(|scope| self.implies[*scope].clone());
            let more: BTreeSet<usize> = held.iter().copied().chain(implied).collect();
            if more == held {
                return self.needed.admits(&held);
            }
            held = more;
        }
    }
}

pub(crate) fn name(scope: usize) -> String {
    format!("scope:{scope}")
}

/// Every set of scopes.
pub(crate) fn sets() -> impl Iterator<Item = BTreeSet<usize>> {
    let scopes = |bits: usize| (0..SCOPES).filter(move |scope| bits >> scope & 1 == 1);
    (0..1 << SCOPES).map(move |bits| scopes(bits).collect())
}

/// Any requirement over so many scopes.
fn any_needed(scopes: usize) -> impl Strategy<Value = Needed> {
    let size = u32::try_from(scopes * 4).expect("few");
    let scopes = (0..scopes)
        .prop_map(Needed::Scope)
        .prop_recursive(4, size, 4, |inner| {
            let members = proptest::collection::vec(inner, 0..5);
            prop_oneof![
                members.clone().prop_map(Needed::Any),
                members.prop_map(Needed::All)
            ]
        });
    prop_oneof![
        1 => Just(Needed::Public),
        1 => Just(Needed::Authenticated),
        18 => scopes,
    ]
}

fn any_implications(scopes: usize) -> impl Strategy<Value = Vec<BTreeSet<usize>>> {
    let implies = proptest::collection::btree_set(0..scopes, 0..3);
    prop_oneof![
        Just(vec![BTreeSet::new(); scopes]),
        proptest::collection::vec(implies, scopes),
    ]
}

pub(crate) fn any_side() -> impl Strategy<Value = Side> {
    any_side_over(SCOPES)
}

pub(crate) fn any_side_over(scopes: usize) -> impl Strategy<Value = Side> {
    (any_implications(scopes), any_needed(scopes))
        .prop_map(|(implies, needed)| Side { implies, needed })
}
