//! A catalog with every feature, and an evaluator that knows nothing of the one under test.

use std::collections::BTreeSet;

use proptest::prelude::*;
use scopes_core::{Expression, ScopeCatalog};

/// A journal's scopes: a chain of implications, a fork, a baseline and a hidden scope.
#[derive(ScopeCatalog, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// See who you are.
    #[scope("user:read", baseline)]
    UserRead,
    /// Read your journal entries.
    #[scope("entries:read")]
    EntriesRead,
    /// Create, change and delete your journal entries.
    #[scope("entries:write", implies(EntriesRead))]
    EntriesWrite,
    /// See your tags.
    #[scope("tags:read")]
    TagsRead,
    /// Create, change and delete your tags.
    #[scope("tags:write", implies(TagsRead))]
    TagsWrite,
    /// See how often you write.
    #[scope("analytics:view")]
    AnalyticsView,
    /// Do everything.
    #[scope("admin", implies(EntriesWrite, TagsWrite, AnalyticsView))]
    Admin,
    /// See what administrators did.
    #[scope("audit", hidden)]
    Audit,
}

/// An expression over the catalog, written down once more.
#[derive(Clone, Debug)]
pub enum Shape {
    /// This scope.
    Scope(Scope),
    /// One of these.
    Any(Vec<Shape>),
    /// Every one of these.
    All(Vec<Shape>),
}

impl Shape {
    /// Evaluates by the definition, over a set of scopes without hierarchy.
    #[must_use]
    pub fn is_satisfied_by(&self, held: &BTreeSet<Scope>) -> bool {
        match self {
            Self::Scope(scope) => held.contains(scope),
            Self::Any(members) => members.iter().any(|member| member.is_satisfied_by(held)),
            Self::All(members) => {
                let mut satisfied = !members.is_empty();
                for member in members {
                    satisfied = satisfied && member.is_satisfied_by(held);
                }
                satisfied
            }
        }
    }

    /// The scopes in it.
    #[must_use]
    pub fn scopes(&self) -> BTreeSet<Scope> {
        match self {
            Self::Scope(scope) => BTreeSet::from([*scope]),
            Self::Any(members) | Self::All(members) => {
                members.iter().flat_map(Self::scopes).collect()
            }
        }
    }

    /// The expression under test.
    #[must_use]
    pub fn expression(&self) -> Expression {
        match self {
            Self::Scope(scope) => Expression::from(*scope),
            Self::Any(members) => Expression::any(members.iter().map(Self::expression)),
            Self::All(members) => Expression::all(members.iter().map(Self::expression)),
        }
    }
}

/// Everything that `granted` brings, found by following implications until nothing is new.
#[must_use]
pub fn with_implied(granted: &BTreeSet<Scope>) -> BTreeSet<Scope> {
    let mut held = granted.clone();
    loop {
        let implied = held.iter().flat_map(|scope| match scope {
            Scope::EntriesWrite => vec![Scope::EntriesRead],
            Scope::TagsWrite => vec![Scope::TagsRead],
            Scope::Admin => vec![Scope::EntriesWrite, Scope::TagsWrite, Scope::AnalyticsView],
            _ => Vec::new(),
        });
        let more: BTreeSet<Scope> = held.iter().copied().chain(implied).collect();
        if more == held {
            return held;
        }
        held = more;
    }
}

/// Every subset of `scopes`.
#[must_use]
pub fn subsets(scopes: &BTreeSet<Scope>) -> Vec<BTreeSet<Scope>> {
    scopes.iter().fold(vec![BTreeSet::new()], |subsets, scope| {
        let with = subsets
            .iter()
            .map(|subset| subset.iter().copied().chain([*scope]).collect());
        subsets.iter().cloned().chain(with).collect()
    })
}

/// The scopes as a token lists them.
#[must_use]
pub fn text(scopes: &BTreeSet<Scope>) -> String {
    scopes
        .iter()
        .map(Scope::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Any of the scopes.
pub fn any_scope() -> impl Strategy<Value = Scope> {
    (0..Scope::ALL.len()).prop_map(|position| Scope::ALL[position])
}

/// Any set of them.
pub fn any_scopes() -> impl Strategy<Value = BTreeSet<Scope>> {
    proptest::collection::btree_set(any_scope(), 0..=Scope::ALL.len())
}

/// Any expression: up to five groups deep, empty groups included.
pub fn any_shape() -> impl Strategy<Value = Shape> {
    any_scope()
        .prop_map(Shape::Scope)
        .prop_recursive(5, 24, 4, |inner| {
            let members = proptest::collection::vec(inner, 0..4);
            prop_oneof![
                members.clone().prop_map(Shape::Any),
                members.prop_map(Shape::All)
            ]
        })
}
