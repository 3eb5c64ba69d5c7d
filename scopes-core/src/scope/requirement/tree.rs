//! The tree behind every requirement, and the only recursion over it: decisions, challenges,
//! reports and lock files differ in their leaves.

use std::borrow::Cow;
use std::convert::Infallible;

/// A tree of `any`, `all` and `match` over leaves.
///
/// The leaves of an [`Expression`](crate::Expression) are required scopes; those of a report are
/// positions in its list of scopes. No caller satisfies a group without members, `All` included.
///
/// ```
/// use scopes_core::{Expression, ScopeName, scope::Tree};
///
/// let names = ["tags:read", "tags:write"].map(ScopeName::from_static);
/// let tree = Expression::any(names);
/// assert!(matches!(&tree, Tree::Any(members) if members.len() == 2));
/// let leaves: Vec<&str> = tree.leaves().map(|scope| scope.as_str()).collect();
/// assert_eq!(leaves, ["tags:read", "tags:write"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    any(feature = "mcp", feature = "report"),
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
#[non_exhaustive]
pub enum Tree<L: Clone + 'static> {
    /// This scope.
    #[cfg_attr(any(feature = "mcp", feature = "report"), serde(rename = "scope"))]
    Leaf(L),
    /// One of these.
    Any(Cow<'static, [Tree<L>]>),
    /// Every one of these.
    All(Cow<'static, [Tree<L>]>),
    /// The requirement of the arm that an argument chooses.
    Match(Match<L>),
}

/// A requirement for each value of an argument.
///
/// ```
/// use scopes_core::{ArgumentValue, Arguments, Expression, GrantedScopes, Requirement, ScopeName};
///
/// # let scope = ScopeName::from_static;
/// let requirement = Requirement::scopes(Expression::matching("action", [
///     (vec!["list", "get"], scope("devices:read")),
///     (vec![], scope("devices:admin")),
/// ]));
/// let granted = GrantedScopes::parse("devices:read")?;
/// let with = |action: &str| {
///     let values = [("action", ArgumentValue::of(action))];
///     requirement.is_satisfied_with(&granted, Arguments::from(&values))
/// };
/// assert!(with("get")?);
/// assert!(!with("restart")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    any(feature = "mcp", feature = "report"),
    derive(serde::Serialize, serde::Deserialize)
)]
#[non_exhaustive]
pub struct Match<L: Clone + 'static> {
    /// The name of the argument.
    pub argument: Cow<'static, str>,
    /// The arms, in the order in which they are written. A value without an arm is denied.
    pub arms: Cow<'static, [Arm<L>]>,
}

/// One arm of a `match`: the requirement for these values of the argument.
///
/// ```
/// use scopes_core::{Expression, ScopeName, scope::{Arm, Tree}};
///
/// fn is_default(arm: &Arm<scopes_core::RequiredScope>) -> bool {
///     arm.values.is_empty()
/// }
///
/// # let scope = ScopeName::from_static;
/// let tree = Expression::matching("action", [
///     (vec!["list", "get"], scope("devices:read")),
///     (vec![], scope("devices:admin")),
/// ]);
/// assert!(matches!(&tree, Tree::Match(choice) if is_default(&choice.arms[1])));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    any(feature = "mcp", feature = "report"),
    derive(serde::Serialize, serde::Deserialize)
)]
#[non_exhaustive]
pub struct Arm<L: Clone + 'static> {
    /// The values; none for every other value, as `_` in the attribute.
    #[cfg_attr(
        any(feature = "mcp", feature = "report"),
        serde(default, skip_serializing_if = "<[_]>::is_empty")
    )]
    pub values: Cow<'static, [Cow<'static, str>]>,
    /// The requirement of the arm.
    pub requires: Tree<L>,
}

/// The access that an operation requires of a caller.
///
/// ```
/// use scopes_core::{Requirement, ScopeName, scope::Access};
///
/// fn describe(requirement: &Requirement) -> String {
///     match requirement.access() {
///         Access::Public => "no token".to_owned(),
///         Access::Authenticated => "any valid token".to_owned(),
///         Access::Scopes(tree) => format!("{} scopes", tree.leaves().count()),
///         _ => "something else".to_owned(),
///     }
/// }
///
/// let names = ["tags:read", "tags:write"].map(ScopeName::from_static);
/// assert_eq!(describe(&Requirement::any(names)), "2 scopes");
/// assert_eq!(describe(&Requirement::public()), "no token");
/// ```
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

/// The operator that joins the members of a group.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Join {
    Any,
    All,
}

/// One node, with a result in place of each member.
pub(crate) enum Node<'t, L: Clone + 'static, R> {
    Leaf(&'t L),
    Group(Join, Vec<R>),
    /// A result for each arm.
    Match(&'t Match<L>, Vec<R>),
}

/// The members of a group, or of a `match`.
enum Members<'t, L: Clone + 'static> {
    Trees(std::slice::Iter<'t, Tree<L>>),
    Arms(std::slice::Iter<'t, Arm<L>>),
}

impl<'t, L: Clone> Members<'t, L> {
    fn next(&mut self) -> Option<&'t Tree<L>> {
        match self {
            Self::Trees(trees) => trees.next(),
            Self::Arms(arms) => arms.next().map(|arm| &arm.requires),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Trees(trees) => trees.as_slice().is_empty(),
            Self::Arms(arms) => arms.as_slice().is_empty(),
        }
    }
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
    /// Requires at least one of these.
    pub fn any<E: Into<Self>>(members: impl IntoIterator<Item = E>) -> Self {
        Self::Any(members.into_iter().map(Into::into).collect())
    }

    /// Requires all of these.
    pub fn all<E: Into<Self>>(members: impl IntoIterator<Item = E>) -> Self {
        Self::All(members.into_iter().map(Into::into).collect())
    }

    /// Requires what the arm with the value of `argument` requires. An arm without values stands
    /// for all other values; without such an arm, they are denied.
    pub fn matching<V: Into<Cow<'static, str>>, E: Into<Self>>(
        argument: impl Into<Cow<'static, str>>,
        arms: impl IntoIterator<Item = (Vec<V>, E)>,
    ) -> Self {
        let arms = arms.into_iter().map(|(values, requires)| Arm {
            values: values.into_iter().map(Into::into).collect(),
            requires: requires.into(),
        });
        Self::Match(Match {
            argument: argument.into(),
            arms: arms.collect(),
        })
    }

    /// Returns the leaves in the order in which they are written, repetitions included.
    pub fn leaves(&self) -> impl Iterator<Item = &L> {
        self.nodes().filter_map(|node| match node {
            Self::Leaf(leaf) => Some(leaf),
            Self::Any(_) | Self::All(_) | Self::Match(_) => None,
        })
    }

    /// Returns every node, each before its members.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Self> {
        // A refusal looks at the leaves several times. Groups without members left are not kept, so
        // that a flat expression needs no memory.
        let mut open: Vec<Members<'_, L>> = Vec::new();
        let mut current = Members::Trees(std::slice::from_ref(self).iter());
        std::iter::from_fn(move || {
            let node = loop {
                match current.next() {
                    Some(node) => break node,
                    None => current = open.pop()?,
                }
            };
            let members = match node {
                Self::Leaf(_) => return Some(node),
                Self::Any(members) | Self::All(members) => Members::Trees(members.iter()),
                Self::Match(Match { arms, .. }) => Members::Arms(arms.iter()),
            };
            let group = std::mem::replace(&mut current, members);
            if !group.is_empty() {
                open.push(group);
            }
            Some(node)
        })
    }

    /// Returns whether the tree is satisfied, with `holds` as the answer for each leaf; for a
    /// `match`, whether one arm is.
    pub(crate) fn is_satisfied(&self, holds: &impl Fn(&L) -> bool) -> bool {
        let satisfied = |member: &Self| member.is_satisfied(holds);
        match self {
            Self::Leaf(leaf) => holds(leaf),
            Self::Any(members) => members.iter().any(satisfied),
            Self::All(members) => !members.is_empty() && members.iter().all(satisfied),
            Self::Match(Match { arms, .. }) => arms.iter().any(|arm| satisfied(&arm.requires)),
        }
    }

    /// Computes a result from the leaves upwards.
    pub(crate) fn fold<R>(&self, step: &mut impl FnMut(Node<'_, L, R>) -> R) -> R {
        let (join, members) = match self {
            Self::Leaf(leaf) => return step(Node::Leaf(leaf)),
            Self::Any(members) => (Join::Any, members),
            Self::All(members) => (Join::All, members),
            Self::Match(matched) => {
                let arms = matched
                    .arms
                    .iter()
                    .map(|arm| arm.requires.fold(step))
                    .collect();
                return step(Node::Match(matched, arms));
            }
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
                Node::Match(matched, arms) => {
                    matched.with_arms(arms.into_iter().collect::<Result<_, E>>()?)
                }
            })
        })
    }

    /// Replaces each leaf by a tree, and drops the parts that cannot be satisfied without the
    /// leaves that have none. Returns `None` if nothing is left.
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
            Node::Match(matched, arms) => {
                let is_possible = arms.iter().any(Option::is_some);
                // An arm that cannot be satisfied is kept: `_` must not match its values.
                let arms = arms.into_iter();
                let arms = arms.map(|arm| arm.unwrap_or_else(|| Join::Any.of(Vec::new())));
                is_possible.then(|| matched.with_arms(arms.collect()))
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

impl<L: Clone + 'static> Match<L> {
    /// Returns the same choice between other requirements.
    fn with_arms<M: Clone>(&self, arms: Vec<Tree<M>>) -> Tree<M> {
        let arms = self.arms.iter().zip(arms);
        let arms = arms.map(|(arm, requires)| Arm {
            values: arm.values.clone(),
            requires,
        });
        Tree::Match(Match {
            argument: self.argument.clone(),
            arms: arms.collect(),
        })
    }

    /// Returns the position of the arm for this value, or for other values; `None` if there is no
    /// such arm.
    pub(crate) fn arm(&self, value: Option<&str>) -> Option<usize> {
        let has = |arm: &Arm<L>| arm.values.iter().any(|one| Some(&**one) == value);
        let named = self.arms.iter().position(has);
        named.or_else(|| self.arms.iter().position(|arm| arm.values.is_empty()))
    }
}

#[cfg_attr(
    not(feature = "report"),
    allow(dead_code, reason = "reports use what decisions do not")
)]
impl<L: Clone + 'static> Access<L> {
    /// Returns the scopes that are required; `None` if none is.
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
