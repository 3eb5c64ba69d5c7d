//! The leaf of an expression: one required scope.

use std::borrow::Cow;
use std::fmt;

use super::tree::Tree;
use crate::scope::catalog::{FindScopeError, template};
use crate::scope::{Catalog, GrantedScopes, ScopeCatalog, ScopeDeclaration, ScopeName};

/// The scopes that are required: one, one of several, or all of several, nested to any depth.
///
/// ```
/// use scopes_core::{Expression, Requirement, ScopeName};
///
/// let tags = Expression::any(["tags:read", "tags:write"].map(ScopeName::from_static));
/// let entries = Expression::from(ScopeName::from_static("entries:read"));
/// let both = Requirement::scopes(Expression::all([entries, tags]));
/// assert_eq!(both.to_string(), "all(entries:read, any(tags:read, tags:write))");
/// ```
pub type Expression = Tree<RequiredScope>;

/// One scope in an expression. A scope of a catalog is also satisfied by those that imply it; any
/// other scope only by its exact name.
///
/// A template of a catalog stands for the scope with the arguments of a call in its placeholders.
/// Its placeholders have the names of the operation's arguments, which can differ from those in the
/// catalog.
///
/// ```
/// # use scopes_core::ScopeCatalog;
/// # #[derive(ScopeCatalog)]
/// # pub enum Scope {
/// #     /// See your photos.
/// #     #[scope("photos:read")]
/// #     PhotosRead,
/// #     /// Change your photos.
/// #     #[scope("photos:write", implies(PhotosRead))]
/// #     PhotosWrite,
/// # }
/// use scopes_core::{GrantedScopes, RequiredScope};
///
/// let read = RequiredScope::from(Scope::PhotosRead);
/// assert_eq!(read.as_str(), "photos:read");
/// assert!(GrantedScopes::parse("photos:write")?.includes(read));
/// # Ok::<(), scopes_core::ParseScopeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredScope {
    name: ScopeName,
    declared: Option<(&'static Catalog, usize)>,
}

impl RequiredScope {
    pub(crate) const fn declared_at(catalog: &'static Catalog, position: usize) -> Self {
        let name = catalog.declarations()[position].name();
        Self {
            name: ScopeName::from_declared(name),
            declared: Some((catalog, position)),
        }
    }

    pub(crate) const fn undeclared(name: ScopeName) -> Self {
        Self {
            name,
            declared: None,
        }
    }

    /// A scope that the template at `declared` stands for.
    pub(super) const fn instance(name: ScopeName, declared: (&'static Catalog, usize)) -> Self {
        Self {
            name,
            declared: Some(declared),
        }
    }

    /// A template of a catalog, whose placeholders are called as in `name`.
    pub(crate) const fn template_at(
        catalog: &'static Catalog,
        position: usize,
        name: &'static str,
    ) -> Self {
        Self {
            name: ScopeName::from_static(name),
            declared: Some((catalog, position)),
        }
    }

    /// Requires a scope of a catalog.
    pub fn from_catalog<C: ScopeCatalog>(scope: &C) -> Self {
        Self::declared_at(C::CATALOG, scope.position())
    }

    /// Returns the scope that `catalog` declares under this name. The names of placeholders are not
    /// compared: in `name`, they are those of the operation's arguments.
    ///
    /// # Errors
    ///
    /// If the catalog declares no such scope.
    pub fn declared_as(
        catalog: &'static Catalog,
        name: impl Into<Cow<'static, str>>,
    ) -> Result<Self, FindScopeError> {
        let name = name.into();
        let mut declarations = catalog.declarations().iter();
        let position = declarations.position(|scope| template::is_same_shape(scope.name(), &name));
        match (position, ScopeName::try_from(name.clone().into_owned())) {
            (Some(position), Ok(name)) => Ok(Self {
                name,
                declared: Some((catalog, position)),
            }),
            _ => Err(FindScopeError {
                name: name.into_owned(),
                catalog,
            }),
        }
    }

    /// The baseline scopes of a catalog, in order.
    pub(crate) fn baseline_of(catalog: &'static Catalog) -> impl Iterator<Item = Self> {
        let declarations = catalog.declarations().iter().enumerate();
        let baseline = declarations.filter(|(_, scope)| scope.is_baseline());
        baseline.map(move |(position, _)| Self::declared_at(catalog, position))
    }

    /// Returns the name.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        self.name.as_str()
    }

    /// Returns the name as a [`ScopeName`].
    #[must_use]
    pub fn name(&self) -> &ScopeName {
        &self.name
    }

    /// Returns the name under which the catalog declares the scope.
    #[cfg(feature = "rmcp")]
    pub(crate) fn granted_name(&self) -> ScopeName {
        match self.template() {
            Some((catalog, position)) => {
                ScopeName::from_static(catalog.declarations()[position].name())
            }
            None => self.name.clone(),
        }
    }

    /// Returns the catalog that declares the scope, and its position there.
    #[must_use]
    pub const fn declared(&self) -> Option<(&'static Catalog, usize)> {
        self.declared
    }

    /// Returns the position of the template, if the scope has placeholders without values.
    pub(crate) fn template(&self) -> Option<(&'static Catalog, usize)> {
        self.declared
            .filter(|_| template::is_template(self.name.as_str()))
    }

    /// Returns the position of the template that matches the scope.
    pub(crate) fn instance_of(&self) -> Option<(&'static Catalog, usize)> {
        self.declared.filter(|(catalog, position)| {
            catalog.declarations()[*position].is_template() && self.template().is_none()
        })
    }

    /// Returns the scope, template or concrete scope of this name that `catalog` declares.
    #[cfg(all(feature = "mcp", feature = "store"))]
    pub(super) fn found_in(catalog: &'static Catalog, name: &str) -> Option<Self> {
        if template::is_template(name) {
            return Self::declared_as(catalog, name.to_owned()).ok();
        }
        if let Some(position) = catalog.position(name) {
            return Some(Self::declared_at(catalog, position));
        }
        let position = catalog.template_of(name, |_| {})?;
        let name = ScopeName::try_from(name.to_owned()).ok()?;
        Some(Self::instance(name, (catalog, position)))
    }

    /// Returns the scopes without placeholders that imply the one at `position` and are not hidden.
    pub(super) fn implying(
        catalog: &'static Catalog,
        position: usize,
    ) -> impl Iterator<Item = Self> {
        let declarations = catalog.declarations().iter().enumerate();
        let implying = declarations.filter(move |(_, scope)| {
            let mut implied = scope.implied().iter();
            !scope.is_hidden()
                && !scope.is_template()
                && implied.any(|place| usize::from(*place) == position)
        });
        implying.map(move |(position, _)| Self::declared_at(catalog, position))
    }

    /// Returns the scope without placeholders that clients request instead of this template: of
    /// those that imply it, the one that implies the fewest scopes. `None` if clients request the
    /// concrete name, or if the scope is not a template.
    pub(crate) fn asked_for(&self) -> Option<Self> {
        let (catalog, position) = self.template()?;
        if catalog.declarations()[position].is_requestable() {
            return None;
        }
        Self::implying(catalog, position).min_by_key(|scope| {
            let declared = scope
                .declared
                .map(|(catalog, at)| &catalog.declarations()[at]);
            declared.map(|scope| scope.implied().len())
        })
    }

    pub(super) fn is_hidden(&self) -> bool {
        self.declared
            .is_some_and(|(catalog, position)| catalog.declarations()[position].is_hidden())
    }

    pub(crate) fn is_satisfied_by(&self, granted: &GrantedScopes) -> bool {
        match self.declared {
            Some((catalog, position)) => {
                let declared = &catalog.declarations()[position];
                if !declared.is_template() {
                    return granted.held(catalog).has(position);
                }
                let mut values = Vec::new();
                let name = self.name.as_str();
                let is_filled = template::read_values(declared.name(), name, |value| {
                    values.push(value);
                });
                is_filled && granted.holds_template(catalog, position, Some(&values))
            }
            None => granted.contains(self.as_str()),
        }
    }

    /// Returns whether `granted` satisfies it with some values.
    pub(super) fn may_be_satisfied_by(&self, granted: &GrantedScopes) -> bool {
        match self.template() {
            Some((catalog, position)) => granted.holds_some(catalog, position),
            None => self.is_satisfied_by(granted),
        }
    }

    /// Returns the scope by its name; in place of a hidden one, those that imply it and are not
    /// hidden.
    pub(super) fn published(&self) -> Option<Tree<ScopeName>> {
        let hidden = self.declared.filter(|_| self.is_hidden());
        let Some((catalog, position)) = hidden else {
            return Some(Tree::Leaf(self.name.clone()));
        };
        let shown = catalog.declarations().iter().filter(|other| {
            let mut implied = other.implied().iter();
            !other.is_hidden() && implied.any(|place| usize::from(*place) == position)
        });
        let hidden = &catalog.declarations()[position];
        Tree::one_of(shown.filter_map(|other| self.filled_into(hidden, other)))
    }

    /// Returns the name of `other`, which implies this scope of `declared`, with what stands in the
    /// place of this one's placeholders; `{*}` where every value will do. `None` if it implies none of
    /// these values.
    fn filled_into(
        &self,
        declared: &ScopeDeclaration,
        other: &ScopeDeclaration,
    ) -> Option<ScopeName> {
        if !other.is_template() {
            return Some(ScopeName::from_declared(other.name()));
        }
        let mut placeholders = declared.placeholders();
        if !placeholders.all(|name| other.placeholders().any(|known| known == name)) {
            return None;
        }
        let segments = |name| str::split(name, [':', '/']);
        let pairs = segments(declared.name()).zip(segments(self.as_str()));
        let pairs: Vec<(&str, &str)> = pairs.collect();
        let name = template::fill(other.name(), |placeholder| {
            let is_it = |(segment, _): &&(&str, &str)| {
                segment
                    .strip_prefix('{')
                    .and_then(|rest| rest.strip_suffix('}'))
                    == Some(placeholder)
            };
            pairs.iter().find(is_it).map_or("{*}", |(_, filled)| filled)
        });
        Some(ScopeName::from_valid(&name))
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
        self.name.hash(state);
    }
}

impl fmt::Display for RequiredScope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(formatter)
    }
}

impl From<ScopeName> for RequiredScope {
    fn from(name: ScopeName) -> Self {
        Self::undeclared(name)
    }
}

impl<S: Into<RequiredScope>> From<S> for Expression {
    fn from(scope: S) -> Self {
        Self::Leaf(scope.into())
    }
}
