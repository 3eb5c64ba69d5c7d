//! Items for generated code. They are not part of the public API.

#![expect(
    clippy::similar_names,
    reason = "`implies` and `implied` are the words for it"
)]

pub use std::boxed::Box;

pub use inventory;

use std::borrow::Cow;
use std::marker::PhantomData;
use std::ops::Deref;

use crate::authorize;
use crate::caller::CallerSource;
use crate::error::AuthorizeError;
use crate::scope::catalog::name_index::{self, NameIndex};
use crate::scope::catalog::typo;
use crate::scope::{
    Catalog, Expression, RequiredScope, Requirement, ScopeDeclaration, ScopeName, Tree,
    UnknownScopeError,
};

pub use crate::registry::{RegisteredCatalog, Registration};
#[cfg(feature = "rmcp")]
pub use crate::rmcp::generated as rmcp;

#[must_use]
pub const fn declaration(
    name: &'static str,
    description: &'static str,
    implies: &'static [u16],
    implied: &'static [u16],
    baseline: bool,
    hidden: bool,
) -> ScopeDeclaration {
    ScopeDeclaration {
        name,
        description,
        implies,
        implied,
        baseline,
        hidden,
    }
}

#[must_use]
pub const fn name_index_len(declarations: usize) -> usize {
    name_index::len(declarations)
}

#[must_use]
pub const fn name_index<const LEN: usize>(declarations: &[ScopeDeclaration]) -> [u16; LEN] {
    name_index::build(declarations)
}

#[must_use]
pub const fn catalog(
    name: &'static str,
    declarations: &'static [ScopeDeclaration],
    index: &'static [u16],
) -> Catalog {
    Catalog::new(name, declarations, NameIndex::new(index))
}

#[must_use]
pub fn unknown_scope(catalog: &'static Catalog, name: &str) -> UnknownScopeError {
    UnknownScopeError {
        name: name.to_owned(),
        catalog,
    }
}

/// The requirement of the one scope that `catalog` declares under `name`. Ends the compilation if
/// there is none.
#[must_use]
#[track_caller]
pub const fn one(catalog: &'static Catalog, name: &'static str) -> Requirement {
    match position(catalog, name) {
        Some(position) => {
            let scope = RequiredScope::declared_at(catalog, position);
            Requirement::scopes(Tree::Leaf(scope))
        }
        None => typo::unknown_scope(catalog.name(), catalog.declarations(), name),
    }
}

/// Ends the compilation if `catalog` does not declare `name`.
#[track_caller]
pub const fn assert_declared(catalog: &'static Catalog, name: &str) {
    if position(catalog, name).is_none() {
        typo::unknown_scope(catalog.name(), catalog.declarations(), name)
    }
}

/// The scope that `catalog` declares under `name`. If there is none, an assertion has already
/// ended the compilation.
#[must_use]
pub const fn declared(catalog: &'static Catalog, name: &'static str) -> Expression {
    Tree::Leaf(match position(catalog, name) {
        Some(position) => RequiredScope::declared_at(catalog, position),
        None => RequiredScope::undeclared(ScopeName::from_static(name)),
    })
}

/// Ends the compilation if the scope at `place` stands in the group before, spelt in another way.
#[track_caller]
pub const fn assert_once(members: &[Expression], place: usize) {
    let Some((catalog, scope)) = declared_in(&members[place]) else {
        return;
    };
    let mut at = 0;
    while at < place {
        if let Some((_, other)) = declared_in(&members[at])
            && scope == other
        {
            typo::repeated_scope(catalog.declarations()[scope].name())
        }
        at += 1;
    }
}

const fn declared_in(member: &Expression) -> Option<(&'static Catalog, usize)> {
    match member {
        Tree::Leaf(scope) => scope.declared(),
        Tree::Any(_) | Tree::All(_) => None,
    }
}

/// The interpreter of constants runs this for every scope of every attribute. There, a call costs
/// as much as the comparison of several bytes.
const fn position(catalog: &Catalog, name: &str) -> Option<usize> {
    let declarations = catalog.declarations();
    let count = declarations.len();
    let name = name.as_bytes();
    let length = name.len();
    let mut place = 0;
    while place < count {
        let declared = declarations[place].name.as_bytes();
        if declared.len() == length {
            let mut at = 0;
            while at < length && declared[at] == name[at] {
                at += 1;
            }
            if at == length {
                return Some(place);
            }
        }
        place += 1;
    }
    None
}

#[must_use]
pub const fn any(members: &'static [Expression]) -> Expression {
    Tree::Any(Cow::Borrowed(members))
}

#[must_use]
pub const fn all(members: &'static [Expression]) -> Expression {
    Tree::All(Cow::Borrowed(members))
}

/// The decision on the current caller.
///
/// # Errors
///
/// The refusal.
#[inline]
pub fn guard(requirement: &Requirement) -> Result<(), AuthorizeError> {
    authorize::guard_current(requirement)
}

/// The decision on the caller that `source` names.
///
/// # Errors
///
/// The refusal.
#[inline]
pub fn guard_from<S: CallerSource + ?Sized>(
    requirement: &Requirement,
    source: &S,
) -> Result<(), AuthorizeError> {
    authorize::guard(requirement, &source.caller())
}

/// A method of `T`, to be asked whether it has one implementation. A trait's default method has
/// none of its own: what overrides it runs without the guard.
///
/// In a default method, `Self` may be unsized, so that [`has_one_implementation`] is found on what
/// this dereferences to, where its bound is never met.
///
/// [`has_one_implementation`]: Self::has_one_implementation
#[derive(Debug)]
pub struct Method<T: ?Sized>(DefaultMethod<T>);

#[derive(Debug)]
pub struct DefaultMethod<T: ?Sized>(PhantomData<fn(&T)>);

impl<T: ?Sized> Method<T> {
    pub const NEW: Self = Self(DefaultMethod(PhantomData));
}

impl<T> Method<T> {
    #[inline(always)]
    pub fn has_one_implementation(&self) {}
}

impl<T: ?Sized> Deref for Method<T> {
    type Target = DefaultMethod<T>;

    fn deref(&self) -> &DefaultMethod<T> {
        &self.0
    }
}

impl<T: ?Sized> DefaultMethod<T> {
    pub fn has_one_implementation(&self)
    where
        Self: OneImplementation,
    {
    }
}

/// Nothing has this.
#[diagnostic::on_unimplemented(
    message = "a trait's default method cannot be guarded: an implementation that overrides it runs without the guard",
    label = "the guard is on a default method of a trait, or on a method of an unsized type",
    note = "put `#[requires_scopes(..)]` on the method in each `impl`, or on a function that the default method calls"
)]
pub trait OneImplementation {}

/// A return type that can carry a refusal.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot carry a refusal",
    label = "a guarded function returns `Result<_, E>` where `E: From<AuthorizeError>`",
    note = "return `Result<{Self}, scopes_core::AuthorizeError>`, or any other `Result` whose error converts from it; under `#[prompt]` of rmcp, `Result<{Self}, rmcp::ErrorData>`",
    note = "a function that is open to everybody is marked `#[requires_scopes(public)]`"
)]
pub trait CarriesRefusal {
    fn carry(refusal: AuthorizeError) -> Self;
}

impl<T, E: From<AuthorizeError>> CarriesRefusal for Result<T, E> {
    fn carry(refusal: AuthorizeError) -> Self {
        Err(E::from(refusal))
    }
}

/// The value that a guarded function returns instead of running.
#[cold]
#[must_use]
pub fn refuse<R: CarriesRefusal>(refusal: AuthorizeError) -> R {
    R::carry(refusal)
}

/// Calls `body`, whose future has the output `T`: this tells the compiler so.
pub fn future<T, F: Future<Output = T>>(body: impl FnOnce() -> F) -> F {
    body()
}

/// Returns `future`: a body that is one `async` block would be taken for a hand-written `async fn`.
pub fn opaque<F: Future>(future: F) -> F {
    future
}
