//! Items for generated code. They are not part of the public API.

#![expect(
    clippy::similar_names,
    reason = "`implies` and `implied` are the words for it"
)]

pub use std::boxed::Box;

pub use inventory;

use std::borrow::Cow;
use std::fmt::Display;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::Serialize;

use crate::authorize;
use crate::caller::CallerSource;
use crate::error::AuthorizeError;
use crate::scope::catalog::name_index::{self, NameIndex};
use crate::scope::catalog::{template, typo};
use crate::scope::{
    ArgumentProblem, ArgumentValue, Arguments, Arm, Catalog, Expression, FindScopeError,
    InvalidArgument, Match, RequiredScope, Requirement, ScopeDeclaration, ScopeName, Tree,
};

pub use crate::registry::{AnonymousHandler, ReadArgument, RegisteredCatalog, Registration};
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
    requestable: bool,
) -> ScopeDeclaration {
    ScopeDeclaration {
        name,
        description,
        implies,
        implied,
        baseline,
        hidden,
        requestable,
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
    templates: &'static [u16],
) -> Catalog {
    Catalog::new(name, declarations, NameIndex::new(index), templates)
}

#[must_use]
pub const fn templates_len(declarations: &[ScopeDeclaration]) -> usize {
    let (mut count, mut at) = (0, 0);
    while at < declarations.len() {
        count += declarations[at].is_template() as usize;
        at += 1;
    }
    count
}

/// The places of the scopes with placeholders.
#[must_use]
pub const fn templates<const LEN: usize>(declarations: &[ScopeDeclaration]) -> [u16; LEN] {
    let mut templates = [0; LEN];
    let (mut found, mut at) = (0, 0);
    while found < LEN {
        if declarations[at].is_template() {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the derive refuses more than 65535"
            )]
            let place = at as u16;
            templates[found] = place;
            found += 1;
        }
        at += 1;
    }
    templates
}

/// The scope that a template stands for with these values, in the order of its placeholders.
///
/// # Errors
///
/// If a value cannot stand in a scope.
pub fn concrete_name(
    catalog: &'static Catalog,
    position: usize,
    values: &[&dyn Display],
) -> Result<ScopeName, InvalidArgument> {
    let declared = &catalog.declarations()[position];
    let mut values = values.iter().map(ToString::to_string);
    let mut problem = None;
    let name = template::fill(declared.name(), |placeholder| {
        let value = values.next().unwrap_or_default();
        if !template::is_value(&value) {
            problem.get_or_insert_with(|| {
                InvalidArgument::new(placeholder, ArgumentProblem::NotAValue)
            });
        }
        value
    });
    match problem {
        Some(problem) => Err(problem),
        None => Ok(ScopeName::from_valid(&name)),
    }
}

#[must_use]
pub fn unknown_scope(catalog: &'static Catalog, name: &str) -> FindScopeError {
    FindScopeError {
        name: name.to_owned(),
        catalog,
    }
}

/// An argument that the guard of a function reads: from the binding of its name, or by `expression`.
/// `in_request` says that the binding, or the beginning of the path that the expression is, is a
/// parameter other than `self`.
#[must_use]
pub const fn reading(
    name: &'static str,
    expression: Option<&'static str>,
    in_request: bool,
) -> ReadArgument {
    ReadArgument::new(name, expression, in_request)
}

/// The requirement of the one scope that `catalog` declares under `name`. Ends the compilation if
/// there is none.
#[must_use]
#[track_caller]
pub const fn one(catalog: &'static Catalog, name: &'static str) -> Requirement {
    match position(catalog, name) {
        Some(position) => Requirement::scopes(Tree::Leaf(declared_at(catalog, position, name))),
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
        Some(position) => declared_at(catalog, position, name),
        None => RequiredScope::undeclared(ScopeName::from_static(name)),
    })
}

const fn declared_at(
    catalog: &'static Catalog,
    position: usize,
    name: &'static str,
) -> RequiredScope {
    if template::is_template(name) {
        RequiredScope::template_at(catalog, position, name)
    } else {
        RequiredScope::declared_at(catalog, position)
    }
}

/// Ends the compilation if the scope of this name, which a variant stands for, has placeholders: the
/// function's arguments stand in a name only.
#[track_caller]
pub const fn assert_plain(name: &str) {
    if template::is_template(name) {
        typo::template_by_variant(name)
    }
}

/// Ends the compilation if the scope at `place` stands in the group before, spelt in another way.
#[track_caller]
pub const fn assert_once(members: &[Expression], place: usize) {
    let Tree::Leaf(scope) = &members[place] else {
        return;
    };
    let mut at = 0;
    while at < place {
        if let Tree::Leaf(other) = &members[at]
            && same(scope.as_str().as_bytes(), other.as_str().as_bytes())
        {
            typo::repeated_scope(scope.as_str())
        }
        at += 1;
    }
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// The interpreter of constants runs this for every scope of every attribute. There, a call costs
/// as much as the comparison of several bytes.
const fn position(catalog: &Catalog, name: &str) -> Option<usize> {
    let declarations = catalog.declarations();
    let count = declarations.len();
    let text = name.as_bytes();
    let length = text.len();
    let mut place = 0;
    while place < count {
        let declared = declarations[place].name.as_bytes();
        if declared.len() == length {
            let mut at = 0;
            while at < length && declared[at] == text[at] {
                at += 1;
            }
            if at == length {
                return Some(place);
            }
        }
        place += 1;
    }
    if template::is_template(name) {
        return position_of_shape(declarations, name);
    }
    None
}

const fn position_of_shape(declarations: &[ScopeDeclaration], name: &str) -> Option<usize> {
    let mut place = 0;
    while place < declarations.len() {
        if template::is_same_shape(declarations[place].name(), name) {
            return Some(place);
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

/// A requirement for each value of an argument.
#[must_use]
pub const fn matching(argument: &'static str, arms: &'static [Arm<RequiredScope>]) -> Expression {
    Tree::Match(Match {
        argument: Cow::Borrowed(argument),
        arms: Cow::Borrowed(arms),
    })
}

/// The requirement for these values.
#[must_use]
pub const fn arm(values: &'static [Cow<'static, str>], requires: Expression) -> Arm<RequiredScope> {
    Arm {
        values: Cow::Borrowed(values),
        requires,
    }
}

/// One value of an arm.
#[must_use]
pub const fn value(text: &'static str) -> Cow<'static, str> {
    Cow::Borrowed(text)
}

/// The requirement for all other values.
#[must_use]
pub const fn otherwise(requires: Expression) -> Arm<RequiredScope> {
    arm(&[], requires)
}

/// An argument of the function, by which the guard decides.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in a scope: it does not implement `serde::Serialize`",
    label = "the guard reads this argument as text",
    note = "pass a string, an integer or a boolean with `args(name = expression)`"
)]
pub trait ArgumentSource {
    fn argument(&self) -> ArgumentValue;
}

impl<T: Serialize + ?Sized> ArgumentSource for T {
    #[inline]
    fn argument(&self) -> ArgumentValue {
        ArgumentValue::of(self)
    }
}

#[inline]
#[must_use]
pub fn argument<T: ArgumentSource + ?Sized>(value: &T) -> ArgumentValue {
    value.argument()
}

/// The decision on the current caller, with the function's arguments.
///
/// # Errors
///
/// The refusal.
#[inline]
pub fn guard_with(
    requirement: &Requirement,
    arguments: &[(&str, ArgumentValue)],
) -> Result<(), AuthorizeError> {
    authorize::guard_current(requirement, arguments.into())
}

/// The decision on the caller that `source` names, with the function's arguments.
///
/// # Errors
///
/// The refusal.
#[inline]
pub fn guard_from_with<S: CallerSource + ?Sized>(
    requirement: &Requirement,
    source: &S,
    arguments: &[(&str, ArgumentValue)],
) -> Result<(), AuthorizeError> {
    authorize::guard(requirement, &source.caller(), arguments.into())
}

/// The decision on the current caller.
///
/// # Errors
///
/// The refusal.
#[inline]
pub fn guard(requirement: &Requirement) -> Result<(), AuthorizeError> {
    authorize::guard_current(requirement, Arguments::NONE)
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
    authorize::guard(requirement, &source.caller(), Arguments::NONE)
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
