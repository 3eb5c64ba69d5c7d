//! Who is calling: carried explicitly, or in the ambient context of the running code.
//!
//! The context needs no runtime. A future is given its caller with [`Caller::run`], which enters
//! the context on every poll and leaves it afterwards; synchronous code runs in one with
//! [`Caller::enter`]. A task or thread that is spawned starts without a caller, and is refused.

use std::cell::RefCell;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::token::VerifiedToken;

/// A caller, with or without a verified token. Cheap to clone.
#[derive(Clone, Default)]
pub struct Caller(Option<VerifiedToken>);

thread_local! {
    static CURRENT: RefCell<Caller> = const { RefCell::new(Caller(None)) };
}

impl Caller {
    /// A caller without a token: only public operations are open to it.
    #[must_use]
    pub const fn anonymous() -> Self {
        Self(None)
    }

    /// The token that the caller presented.
    #[must_use]
    #[inline]
    pub const fn token(&self) -> Option<&VerifiedToken> {
        self.0.as_ref()
    }

    /// The caller in whose context this code runs; outside of any, an anonymous one.
    #[must_use]
    pub fn current() -> Self {
        with_current(Self::clone)
    }

    /// Runs `work` in this caller's context.
    ///
    /// ```
    /// # use scopes_core::Caller;
    /// let seen = Caller::anonymous().enter(Caller::current);
    /// assert!(seen.token().is_none());
    /// ```
    pub fn enter<R>(mut self, work: impl FnOnce() -> R) -> R {
        self.enter_mut(work)
    }

    /// Runs `work` in this caller's context, and leaves the caller to be used again.
    #[inline]
    pub(crate) fn enter_mut<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let _entered = Entered::new(self);
        work()
    }

    /// Runs `future` in this caller's context, whichever thread polls it.
    pub const fn run<F: Future>(self, future: F) -> InContext<F> {
        InContext {
            caller: self,
            future,
        }
    }
}

/// Looks at the current caller in place.
#[inline]
pub(crate) fn with_current<R>(look: impl Fn(&Caller) -> R) -> R {
    CURRENT
        .try_with(|current| look(&current.borrow()))
        // While a thread ends, it has no context any more.
        .unwrap_or_else(|_| look(&Caller::anonymous()))
}

/// Keeps a caller in the context; dropping it puts back who was there before.
struct Entered<'a> {
    other: &'a mut Caller,
}

impl<'a> Entered<'a> {
    fn new(caller: &'a mut Caller) -> Self {
        swap(caller);
        Self { other: caller }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        swap(self.other);
    }
}

fn swap(caller: &mut Caller) {
    // Without a context, as while a thread ends, the code runs without a caller, and is refused.
    let _ = CURRENT.try_with(|current| std::mem::swap(&mut *current.borrow_mut(), caller));
}

pin_project! {
    /// A future in the context of a caller; made by [`Caller::run`].
    #[must_use = "a future does nothing until it is polled"]
    pub struct InContext<F> {
        caller: Caller,
        #[pin]
        future: F,
    }
}

#[cfg(feature = "tower")]
impl<F> InContext<F> {
    /// Takes the caller's token, once the future has completed.
    pub(crate) fn take_token(self: Pin<&mut Self>) -> Option<VerifiedToken> {
        self.project().caller.0.take()
    }
}

impl<F: Future> Future for InContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = Entered::new(this.caller);
        this.future.poll(context)
    }
}

impl<F> fmt::Debug for InContext<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("InContext")
            .field("caller", &self.caller)
            .finish_non_exhaustive()
    }
}

/// Where a guard may find its caller: the value of `from = ..` in `#[requires_scopes(..)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say who is calling",
    label = "not a `CallerSource`",
    note = "`from = ..` takes a `Caller`, a `VerifiedToken`, an `Option` of one, or a type that implements `CallerSource`"
)]
pub trait CallerSource {
    /// The caller. One who cannot be found is anonymous, and is refused.
    fn caller(&self) -> Caller;
}

impl CallerSource for Caller {
    fn caller(&self) -> Caller {
        self.clone()
    }
}

impl CallerSource for VerifiedToken {
    fn caller(&self) -> Caller {
        Caller::from(self.clone())
    }
}

impl<S: CallerSource> CallerSource for Option<S> {
    fn caller(&self) -> Caller {
        self.as_ref().map(S::caller).unwrap_or_default()
    }
}

impl<S: CallerSource + ?Sized> CallerSource for &S {
    fn caller(&self) -> Caller {
        S::caller(self)
    }
}

impl From<VerifiedToken> for Caller {
    fn from(token: VerifiedToken) -> Self {
        Self(Some(token))
    }
}

impl From<Option<VerifiedToken>> for Caller {
    fn from(token: Option<VerifiedToken>) -> Self {
        Self(token)
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(token) => formatter.debug_tuple("Caller").field(token).finish(),
            None => formatter.write_str("Caller(anonymous)"),
        }
    }
}
