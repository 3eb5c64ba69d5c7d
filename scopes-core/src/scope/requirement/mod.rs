//! What an operation requires: one expression, from which everything else is read.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use self::program::Program;
pub use self::required_scope::{Expression, RequiredScope};
pub use self::tree::{Access, Tree};
use super::granted::GrantedScopes;
use super::name::ScopeName;
use super::set::ScopeSet;

pub(crate) mod minimal;
mod program;
mod required_scope;
pub(crate) mod tree;
mod wording;

/// The requirement of an operation: nothing, any valid token, or scopes.
///
/// The guard, the challenge, the in-band refusal, the lists, the metadata and the reports all read
/// this one value.
///
/// ```
/// use scopes_core::{Expression, GrantedScopes, Requirement, ScopeName};
///
/// # fn scope(name: &'static str) -> ScopeName { ScopeName::from_static(name) }
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
    access: Access<RequiredScope>,
    /// The expression as a list of tests on bits, made at the first decision. `None` where its
    /// scopes are not all of one catalog.
    program: OnceLock<Option<Program>>,
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

    const fn new(access: Access<RequiredScope>) -> Self {
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

    /// Returns what is required, as a value to match on.
    #[must_use]
    pub const fn access(&self) -> &Access<RequiredScope> {
        &self.access
    }

    /// Returns the scopes that are needed; `None` where none is.
    #[must_use]
    pub fn expression(&self) -> Option<&Expression> {
        self.access.expression()
    }

    /// Returns the requirement as others may see it: with the scopes that imply a hidden one in its
    /// place. `None` if only a hidden scope would do.
    #[must_use]
    pub fn published(&self) -> Option<Access<ScopeName>> {
        self.access.prune(RequiredScope::published)
    }

    /// Returns whether these scopes, and those that they imply, satisfy the requirement.
    #[must_use]
    #[inline]
    pub fn is_satisfied_by(&self, granted: &GrantedScopes) -> bool {
        match self.program.get() {
            Some(Some(program)) => program.accepts(granted),
            _ => self.is_satisfied_without_program(granted),
        }
    }

    #[cold]
    fn is_satisfied_without_program(&self, granted: &GrantedScopes) -> bool {
        let Access::Scopes(expression) = &self.access else {
            return true;
        };
        match self.program.get_or_init(|| Program::new(expression)) {
            Some(program) => program.accepts(granted),
            None => expression.is_satisfied(&|scope| scope.is_satisfied_by(granted)),
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
        let Some(expression) = self.expression().map(without_hidden) else {
            return Vec::new();
        };
        if let Tree::Leaf(scope) = &*expression {
            return vec![scope.clone()];
        }
        let scopes = minimal::cheapest(&expression, |scope| scope.is_satisfied_by(granted));
        scopes.into_iter().cloned().collect()
    }

    /// The requirement as a sentence for the developer of a client, in the characters that RFC
    /// 6750 section 3 allows in an `error_description`.
    #[must_use]
    pub fn sentence(&self) -> String {
        match &self.access {
            Access::Scopes(expression) => wording::sentence(&without_hidden(expression)),
            access => access.sentence(),
        }
    }
}

/// Returns the ways that need no hidden scope, unless there is no other way.
fn without_hidden(expression: &Expression) -> Cow<'_, Expression> {
    // A single scope has no other way.
    let is_one = matches!(expression, Tree::Leaf(_));
    if is_one || !expression.leaves().any(RequiredScope::is_hidden) {
        return Cow::Borrowed(expression);
    }
    let shown = |scope: &RequiredScope| (!scope.is_hidden()).then(|| scope.clone().into());
    let open = expression.prune(shown);
    open.map_or(Cow::Borrowed(expression), Cow::Owned)
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
        self.access.fmt(formatter)
    }
}
