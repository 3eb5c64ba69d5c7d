//! The tree behind every requirement, and the only recursion over it: decisions, challenges,
//! reports and lock files differ in what stands at the leaves.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;

/// Groups of `any` and `all` over leaves.
///
/// The leaves of an [`Expression`](crate::Expression) are required scopes; those of a report are
/// places in its list of scopes. A group without members is satisfied by no caller, `All` included.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    any(feature = "mcp", feature = "report"),
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
#[non_exhaustive]
pub enum Tree<L: Clone + 'static> {
    /// This one.
    #[cfg_attr(any(feature = "mcp", feature = "report"), serde(rename = "scope"))]
    Leaf(L),
    /// One of these.
    Any(Cow<'static, [Tree<L>]>),
    /// Every one of these.
    All(Cow<'static, [Tree<L>]>),
}

/// What an operation requires of a caller.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    any(feature = "mcp", feature = "report"),
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
#[non_exhaustive]
pub enum Access<L: Clone + 'static> {
    /// Nothing, not even a token.
    Public,
    /// Any valid token.
    Authenticated,
    /// Scopes.
    #[cfg_attr(any(feature = "mcp", feature = "report"), serde(untagged))]
    Scopes(Tree<L>),
}

/// How the members of a group are joined.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Join {
    Any,
    All,
}

/// One node, with a result in place of each member.
pub(crate) enum Node<'t, L, R> {
    Leaf(&'t L),
    Group(Join, Vec<R>),
}

impl Join {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::All => "all",
        }
    }

    /// Returns a group of these members.
    pub(crate) fn of<L: Clone>(self, members: Vec<Tree<L>>) -> Tree<L> {
        match self {
            Self::Any => Tree::Any(members.into()),
            Self::All => Tree::All(members.into()),
        }
    }
}

#[cfg_attr(
    not(feature = "report"),
    allow(dead_code, reason = "reports use what decisions do not")
)]
impl<L: Clone + 'static> Tree<L> {
    /// One of these is enough.
    pub fn any<E: Into<Self>>(members: impl IntoIterator<Item = E>) -> Self {
        Self::Any(members.into_iter().map(Into::into).collect())
    }

    /// Every one of these is needed.
    pub fn all<E: Into<Self>>(members: impl IntoIterator<Item = E>) -> Self {
        Self::All(members.into_iter().map(Into::into).collect())
    }

    /// Returns the leaves in the order in which they are written, repetitions included.
    pub fn leaves(&self) -> impl Iterator<Item = &L> {
        // A refusal looks at the leaves several times. Groups without members left are not kept, so
        // that a flat expression needs no memory.
        let mut open = Vec::new();
        let mut current = std::slice::from_ref(self).iter();
        std::iter::from_fn(move || {
            loop {
                match current.next() {
                    Some(Self::Leaf(leaf)) => return Some(leaf),
                    Some(Self::Any(members) | Self::All(members)) => {
                        let group = std::mem::replace(&mut current, members.iter());
                        if group.len() > 0 {
                            open.push(group);
                        }
                    }
                    None => current = open.pop()?,
                }
            }
        })
    }

    /// Returns whether the tree is satisfied where `holds` says it of each leaf.
    pub(crate) fn is_satisfied(&self, holds: &impl Fn(&L) -> bool) -> bool {
        let satisfied = |member: &Self| member.is_satisfied(holds);
        match self {
            Self::Leaf(leaf) => holds(leaf),
            Self::Any(members) => members.iter().any(satisfied),
            Self::All(members) => !members.is_empty() && members.iter().all(satisfied),
        }
    }

    /// Computes a result from the leaves upwards.
    pub(crate) fn fold<R>(&self, step: &mut impl FnMut(Node<'_, L, R>) -> R) -> R {
        let (join, members) = match self {
            Self::Leaf(leaf) => return step(Node::Leaf(leaf)),
            Self::Any(members) => (Join::Any, members),
            Self::All(members) => (Join::All, members),
        };
        let members = members.iter().map(|member| member.fold(step)).collect();
        step(Node::Group(join, members))
    }

    /// Returns the same tree over other leaves.
    pub(crate) fn map<M: Clone>(&self, mut leaf: impl FnMut(&L) -> M) -> Tree<M> {
        let Ok(tree) = self.try_map(|one| Ok::<_, Infallible>(leaf(one)));
        tree
    }

    /// Returns the same tree over other leaves, or the first error.
    pub(crate) fn try_map<M: Clone, E>(
        &self,
        mut leaf: impl FnMut(&L) -> Result<M, E>,
    ) -> Result<Tree<M>, E> {
        self.fold(&mut |node| {
            Ok(match node {
                Node::Leaf(one) => Tree::Leaf(leaf(one)?),
                Node::Group(join, members) => {
                    join.of(members.into_iter().collect::<Result<_, E>>()?)
                }
            })
        })
    }

    /// Puts a tree in the place of each leaf, and drops what cannot be satisfied without the leaves
    /// that have none. Returns `None` if nothing is left.
    pub(crate) fn prune<M: Clone>(
        &self,
        mut leaf: impl FnMut(&L) -> Option<Tree<M>>,
    ) -> Option<Tree<M>> {
        self.fold(&mut |node| match node {
            Node::Leaf(one) => leaf(one),
            Node::Group(join, members) => {
                let members: Vec<_> = match join {
                    Join::Any => members.into_iter().flatten().collect(),
                    Join::All => members.into_iter().collect::<Option<_>>()?,
                };
                (!members.is_empty()).then(|| join.of(members))
            }
        })
    }

    /// Returns the tree that any one of `leaves` satisfies; `None` if there are none.
    pub(crate) fn one_of(leaves: impl IntoIterator<Item = L>) -> Option<Self> {
        let mut leaves: Vec<_> = leaves.into_iter().map(Self::Leaf).collect();
        if leaves.len() > 1 {
            return Some(Self::Any(leaves.into()));
        }
        leaves.pop()
    }
}

#[cfg_attr(
    not(feature = "report"),
    allow(dead_code, reason = "reports use what decisions do not")
)]
impl<L: Clone + 'static> Access<L> {
    /// Returns the scopes that are needed; `None` where none is.
    #[must_use]
    pub const fn expression(&self) -> Option<&Tree<L>> {
        match self {
            Self::Scopes(expression) => Some(expression),
            Self::Public | Self::Authenticated => None,
        }
    }

    /// Returns the leaves in the order in which they are written, repetitions included.
    pub fn leaves(&self) -> impl Iterator<Item = &L> {
        self.expression().into_iter().flat_map(Tree::leaves)
    }

    /// Applies `change` to the tree.
    pub(crate) fn try_change<M: Clone, E>(
        &self,
        change: impl FnOnce(&Tree<L>) -> Result<Tree<M>, E>,
    ) -> Result<Access<M>, E> {
        Ok(match self {
            Self::Public => Access::Public,
            Self::Authenticated => Access::Authenticated,
            Self::Scopes(tree) => Access::Scopes(change(tree)?),
        })
    }

    /// As [`Tree::map`].
    pub(crate) fn map<M: Clone>(&self, leaf: impl FnMut(&L) -> M) -> Access<M> {
        let Ok(access) = self.try_change(|tree| Ok::<_, Infallible>(tree.map(leaf)));
        access
    }

    /// As [`Tree::prune`].
    pub(crate) fn prune<M: Clone>(
        &self,
        leaf: impl FnMut(&L) -> Option<Tree<M>>,
    ) -> Option<Access<M>> {
        self.try_change(|tree| tree.prune(leaf).ok_or(())).ok()
    }
}

impl<L: Clone + fmt::Display> fmt::Display for Tree<L> {
    /// As in the attribute, with each leaf by its name: `any(a, all(b, c))`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (join, members) = match self {
            Self::Leaf(leaf) => return leaf.fmt(formatter),
            Self::Any(members) => (Join::Any, members),
            Self::All(members) => (Join::All, members),
        };
        write!(formatter, "{}(", join.as_str())?;
        for (place, member) in members.iter().enumerate() {
            let separator = if place == 0 { "" } else { ", " };
            write!(formatter, "{separator}{member}")?;
        }
        formatter.write_str(")")
    }
}

impl<L: Clone + fmt::Display> fmt::Display for Access<L> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => formatter.write_str("public"),
            Self::Authenticated => formatter.write_str("authenticated"),
            Self::Scopes(expression) => expression.fmt(formatter),
        }
    }
}
