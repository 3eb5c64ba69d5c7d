//! What an operation requires: one expression, from which everything else is read.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use super::alternative;
use super::catalog::{Catalog, ScopeCatalog};
use super::granted::GrantedScopes;
use super::program::Program;
use super::set::ScopeSet;
use super::token::ScopeToken;
use super::wording;

/// What a caller needs for an operation: nothing, any valid token, or scopes.
///
/// The guard, the challenge, the in-band refusal, the lists, the metadata and the reports all read
/// this one value.
///
/// ```
/// use scopes_core::{Expression, GrantedScopes, Requirement, ScopeToken};
///
/// # fn scope(name: &'static str) -> ScopeToken { ScopeToken::from_static(name) }
/// let requirement = Requirement::all([
///     Expression::from(scope("entries:write")),
///     Expression::any([scope("tags:read"), scope("tags:write")]),
/// ]);
/// let granted = GrantedScopes::parse("entries:write tags:read")?;
/// assert!(requirement.is_satisfied_by(&granted));
/// assert_eq!(requirement.to_string(), "all(entries:write, any(tags:read, tags:write))");
/// # Ok::<(), scopes_core::ParseScopeError>(())
/// ```
pub struct Requirement {
    access: Access,
    /// The expression as a list of tests on bits, made at the first decision. `None` where its
    /// scopes are not all of one catalog.
    program: OnceLock<Option<Program>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Access {
    Public,
    Authenticated,
    Scopes(Expression),
}

/// Which scopes are needed: one, one of several, or all of several, nested to any depth.
///
/// A group without members is satisfied by nobody, `All` included.
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
    token: ScopeToken,
    declared: Option<(&'static Catalog, usize)>,
}

impl Requirement {
    /// Nothing: the operation is open to callers without a token.
    #[must_use]
    pub const fn public() -> Self {
        Self::new(Access::Public)
    }

    /// Any valid token, whatever its scopes.
    #[must_use]
    pub const fn authenticated() -> Self {
        Self::new(Access::Authenticated)
    }

    /// The scopes that `expression` names.
    #[must_use]
    pub const fn scopes(expression: Expression) -> Self {
        Self::new(Access::Scopes(expression))
    }

    /// This one scope.
    pub fn one(scope: impl Into<Expression>) -> Self {
        Self::scopes(scope.into())
    }

    /// One of these is enough.
    pub fn any<E: Into<Expression>>(members: impl IntoIterator<Item = E>) -> Self {
        Self::scopes(Expression::any(members))
    }

    /// Every one of these is needed.
    pub fn all<E: Into<Expression>>(members: impl IntoIterator<Item = E>) -> Self {
        Self::scopes(Expression::all(members))
    }

    const fn new(access: Access) -> Self {
        Self {
            access,
            program: OnceLock::new(),
        }
    }

    /// Whether no token is needed.
    #[must_use]
    #[inline]
    pub fn is_public(&self) -> bool {
        matches!(self.access, Access::Public)
    }

    /// The scopes that are needed; `None` where none is.
    #[must_use]
    pub fn expression(&self) -> Option<&Expression> {
        match &self.access {
            Access::Scopes(expression) => Some(expression),
            Access::Public | Access::Authenticated => None,
        }
    }

    /// Whether these scopes are enough, hierarchy applied.
    #[must_use]
    #[inline]
    pub fn is_satisfied_by(&self, granted: &GrantedScopes) -> bool {
        let Access::Scopes(expression) = &self.access else {
            return true;
        };
        match self.program.get_or_init(|| Program::new(expression)) {
            Some(program) => program.accepts(granted),
            None => expression.is_satisfied_by(granted),
        }
    }

    /// The complete set of scopes to ask for: of all sets that satisfy the requirement, the one
    /// with the fewest scopes that `granted` lacks; between equals, the one written first. Empty
    /// where no scope is required, or none helps.
    ///
    /// A way that needs a hidden scope is taken only where there is no other. Of more than 256
    /// ways, those that lack fewest at each group are compared.
    #[must_use]
    pub fn alternative(&self, granted: &GrantedScopes) -> ScopeSet {
        self.cheapest(granted)
            .iter()
            .map(RequiredScope::token)
            .collect()
    }

    pub(crate) fn cheapest(&self, granted: &GrantedScopes) -> Vec<RequiredScope> {
        let Some(expression) = self.published() else {
            return Vec::new();
        };
        let scopes = alternative::cheapest(&expression, |scope| granted.satisfies(scope));
        scopes.into_iter().cloned().collect()
    }

    /// The requirement as a sentence for the developer of a client, in the characters that RFC
    /// 6750 section 3 allows in an `error_description`.
    #[must_use]
    pub fn sentence(&self) -> String {
        match (&self.access, self.published()) {
            (Access::Scopes(_), Some(expression)) => wording::sentence(&expression),
            (Access::Public, _) => "No access token is required.".to_owned(),
            _ => "A valid access token is required.".to_owned(),
        }
    }

    /// The expression without the ways that need a hidden scope, unless there is no other way.
    fn published(&self) -> Option<Cow<'_, Expression>> {
        let expression = self.expression()?;
        if !expression.leaves().any(RequiredScope::is_hidden) {
            return Some(Cow::Borrowed(expression));
        }
        Some(
            expression
                .without_hidden()
                .map_or(Cow::Borrowed(expression), Cow::Owned),
        )
    }
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

    fn is_satisfied_by(&self, granted: &GrantedScopes) -> bool {
        match self {
            Self::Scope(scope) => granted.satisfies(scope),
            Self::Any(members) => members.iter().any(|member| member.is_satisfied_by(granted)),
            Self::All(members) => {
                !members.is_empty() && members.iter().all(|member| member.is_satisfied_by(granted))
            }
        }
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
            token: ScopeToken::from_static(name),
            declared: Some((catalog, position)),
        }
    }

    pub(crate) const fn undeclared(token: ScopeToken) -> Self {
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
    pub fn token(&self) -> &ScopeToken {
        &self.token
    }

    /// The catalog that declares the scope, and its place there.
    #[must_use]
    pub fn declared(&self) -> Option<(&'static Catalog, usize)> {
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

impl From<ScopeToken> for RequiredScope {
    fn from(token: ScopeToken) -> Self {
        Self::undeclared(token)
    }
}

impl<S: Into<RequiredScope>> From<S> for Expression {
    fn from(scope: S) -> Self {
        Self::Scope(scope.into())
    }
}

impl Clone for Requirement {
    fn clone(&self) -> Self {
        Self::new(self.access.clone())
    }
}

impl PartialEq for Requirement {
    /// Two requirements are equal when they are written alike, not when they admit the same.
    fn eq(&self, other: &Self) -> bool {
        self.access == other.access
    }
}

impl Eq for Requirement {}

impl fmt::Debug for Requirement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Requirement({self})")
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.access {
            Access::Public => formatter.write_str("public"),
            Access::Authenticated => formatter.write_str("authenticated"),
            Access::Scopes(expression) => expression.fmt(formatter),
        }
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
