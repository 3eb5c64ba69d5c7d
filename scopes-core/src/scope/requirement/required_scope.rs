//! The leaf of an expression: one required scope.

use std::fmt;

use super::tree::Tree;
use crate::scope::{Catalog, GrantedScopes, ScopeCatalog, ScopeName};

/// The scopes that are needed: one, one of several, or all of several, nested to any depth.
pub type Expression = Tree<RequiredScope>;

/// One scope in an expression. A scope of a catalog is also satisfied by those that imply it; any
/// other only by its very name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredScope {
    token: ScopeName,
    declared: Option<(&'static Catalog, usize)>,
}

impl RequiredScope {
    pub(crate) const fn declared_at(catalog: &'static Catalog, position: usize) -> Self {
        let name = catalog.declarations()[position].name();
        Self {
            token: ScopeName::from_declared(name),
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

    /// The baseline scopes of a catalog, in order.
    pub(crate) fn baseline_of(catalog: &'static Catalog) -> impl Iterator<Item = Self> {
        let declarations = catalog.declarations().iter().enumerate();
        let baseline = declarations.filter(|(_, scope)| scope.is_baseline());
        baseline.map(move |(position, _)| Self::declared_at(catalog, position))
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.token.as_str()
    }

    /// Returns the name, by itself.
    #[must_use]
    pub fn token(&self) -> &ScopeName {
        &self.token
    }

    /// Returns the catalog that declares the scope, and its place there.
    #[must_use]
    pub const fn declared(&self) -> Option<(&'static Catalog, usize)> {
        self.declared
    }

    pub(super) fn is_hidden(&self) -> bool {
        self.declared
            .is_some_and(|(catalog, position)| catalog.declarations()[position].is_hidden())
    }

    pub(crate) fn is_satisfied_by(&self, granted: &GrantedScopes) -> bool {
        match self.declared {
            Some((catalog, position)) => {
                let word = granted.held(catalog).word(position / 64);
                word >> (position % 64) & 1 == 1
            }
            None => granted.contains(self.as_str()),
        }
    }

    /// Returns the scope by its name; in place of a hidden one, those that imply it and are not
    /// hidden.
    pub(super) fn published(&self) -> Option<Tree<ScopeName>> {
        let hidden = self.declared.filter(|_| self.is_hidden());
        let Some((catalog, position)) = hidden else {
            return Some(Tree::Leaf(self.token.clone()));
        };
        let shown = catalog.declarations().iter().filter(|other| {
            let mut implied = other.implied().iter();
            !other.is_hidden() && implied.any(|place| usize::from(*place) == position)
        });
        Tree::one_of(shown.map(|other| ScopeName::from_declared(other.name())))
    }
}

impl GrantedScopes {
    /// Returns whether the token grants `scope`, by its name or through a scope that implies it.
    #[must_use]
    pub fn includes(&self, scope: impl Into<RequiredScope>) -> bool {
        scope.into().is_satisfied_by(self)
    }
}

impl Expression {
    /// Returns the catalogs of its scopes, in the order in which they appear.
    pub(crate) fn catalogs(&self) -> Vec<&'static Catalog> {
        let mut catalogs: Vec<&'static Catalog> = Vec::new();
        for (catalog, _) in self.leaves().filter_map(RequiredScope::declared) {
            if !catalogs.iter().any(|known| known.is(catalog)) {
                catalogs.push(catalog);
            }
        }
        catalogs
    }
}

impl std::hash::Hash for RequiredScope {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.token.hash(state);
    }
}

impl fmt::Display for RequiredScope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.token.fmt(formatter)
    }
}

impl From<ScopeName> for RequiredScope {
    fn from(token: ScopeName) -> Self {
        Self::undeclared(token)
    }
}

impl<S: Into<RequiredScope>> From<S> for Expression {
    fn from(scope: S) -> Self {
        Self::Leaf(scope.into())
    }
}
