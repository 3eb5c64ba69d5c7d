//! The guard that `#[requires_scopes(..)]` writes into a function.

use std::marker::PhantomData;
use std::ops::Deref;

use serde::Serialize;

use crate::authorize;
use crate::caller::CallerSource;
use crate::error::AuthorizeError;
use crate::scope::{ArgumentValue, Arguments, Requirement};

/// An argument of the function, by which the guard decides.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a value in a scope: it does not implement `serde::Serialize`",
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

impl<T, E: RefusalError> CarriesRefusal for Result<T, E> {
    fn carry(refusal: AuthorizeError) -> Self {
        Err(E::of(refusal))
    }
}

/// An error that a refusal converts into.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot carry a refusal: it does not implement `From<scopes_core::AuthorizeError>`",
    label = "a guarded function returns `Result<_, E>` where `E: From<AuthorizeError>`",
    note = "write `impl From<scopes_core::AuthorizeError> for {Self}`, or return another error, such as `rmcp::ErrorData` or `anyhow::Error`"
)]
pub trait RefusalError {
    fn of(refusal: AuthorizeError) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: From<AuthorizeError>> RefusalError for E {
    fn of(refusal: AuthorizeError) -> Self {
        refusal.into()
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
