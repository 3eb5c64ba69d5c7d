//! Which scopes are needed, as a tree.

use std::borrow::Cow;
use std::fmt;

use super::catalog::{Catalog, ScopeCatalog};
use super::name::ScopeName;

/// Which scopes are needed: one, one of several, or all of several, nested to any depth.
///
/// A group without members is satisfied by nobody, `All` included. These three are all that there will
/// be: whoever reads an expression has to know each.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expression {
    /// This one.
    Scope(RequiredScope),
    /// One of these.
    Any(Cow<'static, [Expression]>),
    /// Every one of these.
    All(Cow<'static, [Expression]>),
}

/// One scope in an expression. A scope of a catalog is also satisfied by those that imply it; any
/// other only by its very name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredScope {
    token: ScopeName,
    declared: Option<(&'static Catalog, usize)>,
}

impl Expression {
    /// One of these is enough.
    pub fn any<E: Into<Self>>(members: impl IntoIterator<Item = E>) -> Self {
        Self::Any(members.into_iter().map(Into::into).collect())
    }

    /// Every one of these is needed.
    pub fn all<E: Into<Self>>(members: impl IntoIterator<Item = E>) -> Self {
        Self::All(members.into_iter().map(Into::into).collect())
    }

    /// The scopes in the order in which they are written, repetitions included.
    pub fn leaves(&self) -> impl Iterator<Item = &RequiredScope> {
        let mut open = vec![std::slice::from_ref(self)];
        std::iter::from_fn(move || {
            loop {
                let (first, rest) = open.pop()?.split_first()?;
                if !rest.is_empty() {
                    open.push(rest);
                }
                match first {
                    Self::Scope(scope) => return Some(scope),
                    Self::Any(members) | Self::All(members) if members.is_empty() => {
                        if open.is_empty() {
                            return None;
                        }
                    }
                    Self::Any(members) | Self::All(members) => open.push(members),
                }
            }
        })
    }

    /// The catalogs of its scopes, in the order in which they appear.
    pub(crate) fn catalogs(&self) -> Vec<&'static Catalog> {
        let mut catalogs: Vec<&'static Catalog> = Vec::new();
        for (catalog, _) in self.leaves().filter_map(|scope| scope.declared) {
            if !catalogs.iter().any(|known| known.is(catalog)) {
                catalogs.push(catalog);
            }
        }
        catalogs
    }

    /// The expression without the ways that need a hidden scope, unless there is no other way.
    pub(super) fn published(&self) -> Cow<'_, Self> {
        if !self.leaves().any(RequiredScope::is_hidden) {
            return Cow::Borrowed(self);
        }
        self.without_hidden()
            .map_or(Cow::Borrowed(self), Cow::Owned)
    }

    /// The ways that need no hidden scope; `None` if there is none.
    fn without_hidden(&self) -> Option<Self> {
        match self {
            Self::Scope(scope) => (!scope.is_hidden()).then(|| self.clone()),
            Self::Any(members) => {
                let open: Vec<_> = members.iter().filter_map(Self::without_hidden).collect();
                (!open.is_empty()).then(|| Self::any(open))
            }
            Self::All(members) => {
                let open: Option<Vec<_>> = members.iter().map(Self::without_hidden).collect();
                open.filter(|open| !open.is_empty()).map(Self::all)
            }
        }
    }
}

impl RequiredScope {
    pub(crate) const fn declared_at(catalog: &'static Catalog, position: usize) -> Self {
        let name = catalog.declarations()[position].name();
        Self {
            token: ScopeName::from_static(name),
            declared: Some((catalog, position)),
        }
    }

    pub(crate) const fn undeclared(token: ScopeName) -> Self {
        Self {
            token,
            declared: None,
        }
    }

    /// A scope of a catalog.
    pub fn of<C: ScopeCatalog>(scope: &C) -> Self {
        Self::declared_at(C::CATALOG, scope.position())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.token.as_str()
    }

    /// The name, by itself.
    #[must_use]
    pub fn token(&self) -> &ScopeName {
        &self.token
    }

    /// The catalog that declares the scope, and its place there.
    #[must_use]
    pub const fn declared(&self) -> Option<(&'static Catalog, usize)> {
        self.declared
    }

    fn is_hidden(&self) -> bool {
        self.declared
            .is_some_and(|(catalog, position)| catalog.declarations()[position].hidden)
    }
}

impl std::hash::Hash for RequiredScope {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.token.hash(state);
    }
}

impl From<ScopeName> for RequiredScope {
    fn from(token: ScopeName) -> Self {
        Self::undeclared(token)
    }
}

impl<S: Into<RequiredScope>> From<S> for Expression {
    fn from(scope: S) -> Self {
        Self::Scope(scope.into())
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, members) = match self {
            Self::Scope(scope) => return formatter.write_str(scope.as_str()),
            Self::Any(members) => ("any", members),
            Self::All(members) => ("all", members),
        };
        write!(formatter, "{word}(")?;
        for (place, member) in members.iter().enumerate() {
            let separator = if place == 0 { "" } else { ", " };
            write!(formatter, "{separator}{member}")?;
        }
        formatter.write_str(")")
    }
}
