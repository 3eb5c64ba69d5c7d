//! The requirement of an operation: one expression, from which everything else is derived.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use indexmap::IndexSet;

use self::decision::ArgumentProgram;
use self::program::Program;
pub use self::required_scope::{Expression, RequiredScope};
pub use self::tree::{Access, Arm, Match, Tree};
use super::argument::{Arguments, InvalidArgument};
use super::catalog::template;
use super::granted::GrantedScopes;
use super::name::ScopeName;
use super::set::ScopeSet;

mod decision;
pub(crate) mod minimal;
mod program;
mod required_scope;
pub(crate) mod spelling;
#[cfg(all(feature = "mcp", feature = "store"))]
pub(crate) mod stored;
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
    /// The form in which it is decided, computed at the first decision.
    decided: OnceLock<Decided>,
    /// The original requirement, if this one was resolved with arguments.
    written: Option<Box<Written>>,
    /// Written at the first refusal.
    sentence: OnceLock<Arc<str>>,
}

/// A requirement before it was resolved.
#[derive(Clone)]
struct Written {
    access: Access<RequiredScope>,
    /// Distinguishes it from an equal requirement of another operation.
    #[cfg(feature = "mcp")]
    address: usize,
}

enum Decided {
    /// By tests on bits.
    Bits(Program),
    /// With the values of arguments. In a box, so that finding the variant takes one comparison.
    Arguments(Box<ArgumentProgram>),
    /// Leaf by leaf: its scopes are not all of one catalog.
    Leaves,
}

impl Requirement {
    /// Requires nothing: callers without a token are allowed.
    #[must_use]
    pub const fn public() -> Self {
        Self::new(Access::Public)
    }

    /// Requires any valid token, whatever its scopes.
    #[must_use]
    pub const fn authenticated() -> Self {
        Self::new(Access::Authenticated)
    }

    /// Requires the scopes that `expression` names.
    #[must_use]
    pub const fn scopes(expression: Expression) -> Self {
        Self::new(Access::Scopes(expression))
    }

    /// Requires this one scope.
    pub fn one(scope: impl Into<Expression>) -> Self {
        Self::scopes(scope.into())
    }

    /// Requires at least one of these.
    pub fn any<E: Into<Expression>>(members: impl IntoIterator<Item = E>) -> Self {
        Self::scopes(Expression::any(members))
    }

    /// Requires all of these.
    pub fn all<E: Into<Expression>>(members: impl IntoIterator<Item = E>) -> Self {
        Self::scopes(Expression::all(members))
    }

    const fn new(access: Access<RequiredScope>) -> Self {
        Self {
            access,
            decided: OnceLock::new(),
            written: None,
            sentence: OnceLock::new(),
        }
    }

    /// Returns whether no token is required.
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

    /// Returns the scopes that are required; `None` if none is.
    #[must_use]
    pub fn expression(&self) -> Option<&Expression> {
        self.access.expression()
    }

    /// Returns the requirement for publication, in which the scopes that imply a hidden scope
    /// replace it. `None` if only a hidden scope satisfies it.
    #[must_use]
    pub fn published(&self) -> Option<Access<ScopeName>> {
        self.access.prune(RequiredScope::published)
    }

    /// Returns whether these scopes, and those that they imply, satisfy the requirement. No scopes
    /// satisfy one that names arguments before they are [resolved](Self::resolve).
    #[must_use]
    #[inline]
    pub fn is_satisfied_by(&self, granted: &GrantedScopes) -> bool {
        self.accepts(granted, Arguments::NONE)
    }

    /// Returns `true` if [`is_satisfied_with`](Self::is_satisfied_with) returns `Ok(true)`.
    #[inline]
    pub(crate) fn accepts(&self, granted: &GrantedScopes, arguments: Arguments<'_>) -> bool {
        match self.decided.get() {
            Some(Decided::Bits(program)) => program.accepts(granted),
            _ => self.accepts_otherwise(granted, arguments),
        }
    }

    /// Apart, with an answer that needs no room on the stack, so that the usual decision is small.
    #[inline(never)]
    fn accepts_otherwise(&self, granted: &GrantedScopes, arguments: Arguments<'_>) -> bool {
        self.is_satisfied_with(granted, arguments)
            .unwrap_or_default()
    }

    /// Returns whether these scopes, and those that they imply, satisfy the requirement of a call with
    /// these arguments.
    ///
    /// # Errors
    ///
    /// If an argument that the requirement names has no value that is allowed in a scope.
    pub fn is_satisfied_with(
        &self,
        granted: &GrantedScopes,
        arguments: Arguments<'_>,
    ) -> Result<bool, InvalidArgument> {
        let Access::Scopes(expression) = &self.access else {
            return Ok(true);
        };
        match self.decided.get_or_init(|| Decided::new(expression)) {
            Decided::Bits(program) => Ok(program.accepts(granted)),
            Decided::Arguments(program) => program.is_satisfied(granted, arguments),
            Decided::Leaves => Ok(expression.is_satisfied(&|scope| scope.is_satisfied_by(granted))),
        }
    }

    /// Returns whether these scopes satisfy the requirement with some values of its arguments.
    #[must_use]
    pub fn may_be_satisfied_by(&self, granted: &GrantedScopes) -> bool {
        match self.expression() {
            Some(expression) if self.takes_arguments() => {
                expression.is_satisfied(&|scope| scope.may_be_satisfied_by(granted))
            }
            _ => self.is_satisfied_by(granted),
        }
    }

    /// Returns whether the decision depends on arguments.
    #[must_use]
    #[inline]
    pub fn takes_arguments(&self) -> bool {
        let Access::Scopes(expression) = &self.access else {
            return false;
        };
        let decided = self.decided.get_or_init(|| Decided::new(expression));
        matches!(decided, Decided::Arguments(_))
    }

    /// Returns the names of the arguments that the decision depends on, each once, in the order in
    /// which they are written. One with dots is a path into an object.
    #[must_use]
    pub fn arguments(&self) -> Vec<&str> {
        let mut arguments: Vec<&str> = Vec::new();
        for node in self.expression().into_iter().flat_map(Tree::nodes) {
            match node {
                Tree::Leaf(scope) if scope.template().is_some() => {
                    arguments.extend(template::placeholders(scope.as_str()));
                }
                Tree::Match(matched) => arguments.push(&matched.argument),
                Tree::Leaf(_) | Tree::Any(_) | Tree::All(_) => {}
            }
        }
        let mut seen = IndexSet::new();
        arguments.retain(|argument| seen.insert(*argument));
        arguments
    }

    /// Returns the requirement of a call with these arguments: the values replace the placeholders,
    /// and the chosen arm replaces each `match`.
    ///
    /// If a scope without placeholders implies a template, either satisfies the result, and clients
    /// are to request the former.
    ///
    /// # Errors
    ///
    /// If an argument that the requirement names has no value that is allowed in a scope.
    pub fn resolve(&self, arguments: Arguments<'_>) -> Result<Self, InvalidArgument> {
        match &self.access {
            Access::Scopes(expression) if self.takes_arguments() => Ok(Self {
                written: Some(Box::new(Written {
                    access: self.access.clone(),
                    #[cfg(feature = "mcp")]
                    address: self.address(),
                })),
                ..Self::scopes(decision::resolve(expression, arguments)?)
            }),
            _ => Ok(self.clone()),
        }
    }

    /// Returns the requirement as it is written in the attribute, with placeholders: for logs,
    /// which contain no values.
    #[must_use]
    pub fn written(&self) -> &Access<RequiredScope> {
        self.written
            .as_ref()
            .map_or(&self.access, |written| &written.access)
    }

    /// Returns whether this is `written` itself, or was made of it by arguments. They are compared by address:
    /// the requirement of another operation may be equal.
    #[cfg(feature = "mcp")]
    pub(crate) fn is_of(&self, written: &Self) -> bool {
        match &self.written {
            Some(before) => before.address == written.address(),
            None => self.address() == written.address(),
        }
    }

    #[cfg(feature = "mcp")]
    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// Returns the complete set of scopes to request: of all sets that satisfy the requirement, the
    /// one with the fewest scopes that `granted` lacks; between equals, the one written first.
    /// Empty if no scope is required, or if no set satisfies the requirement.
    ///
    /// A set with a hidden scope is returned only if there is no other. If there are more than 256
    /// sets, those that lack the fewest scopes at each group are compared.
    #[must_use]
    pub fn alternative(&self, granted: &GrantedScopes) -> ScopeSet {
        self.cheapest(granted)
            .iter()
            .map(RequiredScope::name)
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

    /// Returns the requirement as a sentence for the developer of a client, in the characters that
    /// RFC 6750 section 3 allows in an `error_description`.
    #[must_use]
    pub fn sentence(&self) -> String {
        match &self.access {
            Access::Scopes(expression) => wording::sentence(&without_hidden(expression)),
            access => access.sentence(),
        }
    }

    /// Returns the [`sentence`](Self::sentence), which all refusals share.
    pub(crate) fn shared_sentence(&self) -> Arc<str> {
        let sentence = self.sentence.get_or_init(|| self.sentence().into());
        Arc::clone(sentence)
    }
}

impl Decided {
    #[cold]
    fn new(expression: &Expression) -> Self {
        let takes_arguments = expression.nodes().any(|node| match node {
            Tree::Leaf(scope) => scope.template().is_some(),
            Tree::Match(_) => true,
            Tree::Any(_) | Tree::All(_) => false,
        });
        if takes_arguments {
            return Self::Arguments(Box::new(ArgumentProgram::new(expression)));
        }
        Program::new(expression).map_or(Self::Leaves, Self::Bits)
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
        Self {
            access: self.access.clone(),
            decided: OnceLock::new(),
            written: self.written.clone(),
            sentence: self.sentence.clone(),
        }
    }
}

impl PartialEq for Requirement {
    /// Compares the expressions as they are written, not the callers that they allow.
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
