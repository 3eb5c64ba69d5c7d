//! Carries the current caller, explicitly or in the ambient context of the running code.
//!
//! The context needs no runtime. [`Caller::run`] runs a future in the context of its caller: it
//! enters the context on every poll and leaves it afterwards. [`Caller::enter`] does the same for
//! synchronous code. A spawned task or thread starts without a caller, and guards refuse it.
//!
//! ```
//! # #[cfg(feature = "testing")] {
//! use scopes_core::{Caller, testing};
//!
//! let subject = || Caller::current().token().and_then(|token| token.subject().map(str::to_owned));
//! let ada = testing::caller("ada", "photos:read")?;
//! assert_eq!(ada.enter(subject).as_deref(), Some("ada"));
//! assert_eq!(subject(), None);
//! # }
//! # Ok::<(), scopes_core::ParseScopeError>(())
//! ```

use std::cell::RefCell;
use std::fmt;
use std::pin::Pin;
use std::task::{self, Poll};

use pin_project_lite::pin_project;

use crate::error::AuthorizeError;
use crate::token::VerifiedToken;

/// A caller, with or without a verified token. Cheap to clone.
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use scopes_core::{Caller, testing};
///
/// /// Greets a caller who may have no name.
/// fn greet(caller: &Caller) -> String {
///     let subject = caller.token().and_then(|token| token.subject());
///     format!("Hello, {}!", subject.unwrap_or("stranger"))
/// }
///
/// assert_eq!(greet(&testing::caller("ada", "photos:read")?), "Hello, ada!");
/// assert_eq!(greet(&Caller::anonymous()), "Hello, stranger!");
/// # }
/// # Ok::<(), scopes_core::ParseScopeError>(())
/// ```
#[derive(Clone, Default)]
pub struct Caller(Option<VerifiedToken>);

impl Caller {
    /// Creates a caller without a token: only public operations are open to it.
    #[must_use]
    pub const fn anonymous() -> Self {
        Self(None)
    }

    /// Returns the token that the caller presented.
    #[must_use]
    #[inline]
    pub const fn token(&self) -> Option<&VerifiedToken> {
        self.0.as_ref()
    }

    /// Returns the caller in whose context this code runs; outside of any context, an anonymous
    /// one.
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
    pub fn enter<R>(self, work: impl FnOnce() -> R) -> R {
        Context::of(self).enter(work)
    }

    /// Runs `future` in this caller's context, whichever thread polls it.
    pub const fn run<F: Future>(self, future: F) -> InContext<F> {
        Context::of(self).run(future)
    }

    /// Returns whether both are the caller of one request.
    fn is(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(token), Some(other)) => token.is(other),
            (None, None) => true,
            _ => false,
        }
    }
}

/// The context of running code.
#[derive(Default)]
pub(crate) struct Context {
    caller: Caller,
    /// `false` outside of any context, where the caller is unknown.
    is_entered: bool,
    /// The refusal of the caller by a guard, until the code goes on after it.
    #[cfg(feature = "tower")]
    refusal: Option<AuthorizeError>,
    /// The code has waited for something since the refusal.
    #[cfg(feature = "tower")]
    has_waited: bool,
    /// The number of the test that entered it for longer than a closure or a poll.
    #[cfg(feature = "testing")]
    entry: Option<u64>,
    /// A layer that writes the answers to refusals is around the code.
    #[cfg(feature = "tower")]
    is_in_layer: bool,
}

thread_local! {
    static CURRENT: RefCell<Context> = const { RefCell::new(Context::OUTSIDE) };
}

impl Context {
    const OUTSIDE: Self = Self {
        caller: Caller::anonymous(),
        is_entered: false,
        #[cfg(feature = "tower")]
        refusal: None,
        #[cfg(feature = "tower")]
        has_waited: false,
        #[cfg(feature = "testing")]
        entry: None,
        #[cfg(feature = "tower")]
        is_in_layer: false,
    };

    pub(crate) const fn of(caller: Caller) -> Self {
        Self {
            caller,
            is_entered: true,
            #[cfg(feature = "tower")]
            refusal: None,
            #[cfg(feature = "tower")]
            has_waited: false,
            #[cfg(feature = "testing")]
            entry: None,
            #[cfg(feature = "tower")]
            is_in_layer: false,
        }
    }

    #[inline]
    pub(crate) fn enter<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let _entered = Entered::new(self);
        work()
    }

    pub(crate) const fn run<F: Future>(self, future: F) -> InContext<F> {
        InContext {
            context: self,
            future,
        }
    }
}

#[cfg(feature = "tower")]
impl Context {
    /// The context of a request behind a layer that writes the answers to refusals.
    pub(crate) const fn in_layer(caller: Caller) -> Self {
        let mut context = Self::of(caller);
        context.is_in_layer = true;
        context
    }

    #[inline]
    pub(crate) const fn token(&self) -> Option<&VerifiedToken> {
        self.caller.token()
    }

    pub(crate) fn into_token(self) -> Option<VerifiedToken> {
        self.caller.0
    }

    /// Takes the refusal of the caller by a guard, unless it has been handled.
    pub(crate) fn take_refusal(&mut self) -> Option<AuthorizeError> {
        self.refusal.take()
    }

    /// Takes the refusal as [`take_refusal`](Self::take_refusal) does, if the code has not waited for
    /// anything since the last one.
    pub(crate) fn take_immediate_refusal(&mut self) -> Option<AuthorizeError> {
        self.refusal.take().filter(|_| !self.has_waited)
    }

    /// Keeps the first refusal that is still on its way to the answer. A wait before the last refusal says
    /// nothing about what became of that one.
    fn note(&mut self, refusal: &AuthorizeError) {
        self.forget_handled();
        self.has_waited = false;
        if self.refusal.is_none() {
            self.refusal = Some(refusal.clone());
        }
    }

    /// Drops the refusal if the code has dropped its copies and goes on, to a wait or to another guard: it
    /// was handled. A refusal without detail, whose copies are not counted, may have been.
    fn forget_handled(&mut self) {
        let was_handled =
            |refusal: &mut AuthorizeError| refusal.copies().is_none_or(|count| count == 1);
        self.refusal.take_if(was_handled);
    }
}

#[cfg(feature = "testing")]
impl Context {
    pub(crate) fn with_entry(mut self, entry: u64) -> Self {
        self.entry = Some(entry);
        self
    }

    pub(crate) fn has_entry(&self, entry: u64) -> bool {
        self.entry == Some(entry)
    }

    /// Returns whether the current context has this entry.
    pub(crate) fn is_current(entry: u64) -> bool {
        CURRENT
            .try_with(|current| current.borrow().has_entry(entry))
            .unwrap_or_default()
    }

    /// Makes this the current context, and returns the previous one.
    pub(crate) fn replace_current(mut self) -> Self {
        swap(&mut self);
        self
    }
}

/// Returns whether a layer around the code writes the answers to refusals.
#[cfg(feature = "tower")]
pub(crate) fn is_in_layer() -> bool {
    let is_in_layer = CURRENT.try_with(|context| context.borrow().is_in_layer);
    is_in_layer.unwrap_or_default()
}

/// Borrows the current caller.
#[inline]
pub(crate) fn with_current<R>(look: impl Fn(&Caller) -> R) -> R {
    CURRENT
        .try_with(|current| look(&current.borrow().caller))
        // The context is gone while its thread ends.
        .unwrap_or_else(|_| look(&Caller::anonymous()))
}

/// Notes that a guard has refused `caller`, or the current one. Returns whether the caller was lost
/// on the way to the guard.
pub(crate) fn note_refusal(caller: Option<&Caller>, refusal: &AuthorizeError) -> bool {
    let is_lost = CURRENT.try_with(|context| {
        let (is_current, is_lost) = {
            let context = context.borrow();
            let current = &context.caller;
            match caller {
                None => (context.is_entered, !context.is_entered),
                Some(caller) if caller.is(current) => (context.is_entered, false),
                Some(_) => (false, current.token().is_some()),
            }
        };
        #[cfg(feature = "tower")]
        if is_current
            // A subscriber of `tracing` may run guarded code while the context is being looked at.
            && let Ok(mut context) = context.try_borrow_mut()
        {
            context.note(refusal);
        }
        #[cfg(not(feature = "tower"))]
        let _ = is_current;
        is_lost && *refusal == AuthorizeError::MissingToken
    });
    // The context is gone while its thread ends.
    is_lost.unwrap_or_default()
}

/// Notes that a guard has allowed a call.
#[inline]
pub(crate) fn note_allowed() {
    #[cfg(feature = "tower")]
    let _ = CURRENT.try_with(|context| {
        let is_noted = context
            .try_borrow()
            .is_ok_and(|context| context.refusal.is_some());
        if is_noted && let Ok(mut context) = context.try_borrow_mut() {
            context.forget_handled();
        }
    });
}

/// Keeps a context current; dropping it restores the one before.
struct Entered<'a> {
    other: &'a mut Context,
}

impl<'a> Entered<'a> {
    fn new(context: &'a mut Context) -> Self {
        swap(context);
        Self { other: context }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        swap(self.other);
    }
}

fn swap(context: &mut Context) {
    // Without a context, as while a thread ends, the code runs without a caller and is refused.
    let _ = CURRENT.try_with(|current| std::mem::swap(&mut *current.borrow_mut(), context));
}

pin_project! {
    /// A future in the context of a caller; made by [`Caller::run`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # #[cfg(feature = "testing")] {
    /// use scopes_core::{Caller, testing};
    ///
    /// let handler = async {
    ///     // A task starts without a caller: pass the current one on.
    ///     let work = async { Caller::current().token().is_some() };
    ///     tokio::spawn(Caller::current().run(work)).await
    /// };
    /// let ada = testing::caller("ada", "photos:read")?;
    /// assert!(ada.run(handler).await?);
    /// # }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "a future does nothing until it is polled"]
    pub struct InContext<F> {
        context: Context,
        #[pin]
        future: F,
    }
}

#[cfg(feature = "tower")]
impl<F> InContext<F> {
    /// Takes the context, once the future has completed.
    pub(crate) fn take_context(self: Pin<&mut Self>) -> Context {
        std::mem::take(self.project().context)
    }
}

impl<F: Future> Future for InContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, waker: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let polled = this.context.enter(|| this.future.poll(waker));
        #[cfg(feature = "tower")]
        if polled.is_pending() {
            this.context.forget_handled();
            this.context.has_waited = true;
        }
        polled
    }
}

impl<F> fmt::Debug for InContext<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("InContext")
            .field("caller", &self.context.caller)
            .finish_non_exhaustive()
    }
}

/// A source of a guard's caller: the value of `from = ..` in `#[requires_scopes(..)]`.
///
/// ```
/// use scopes_core::caller::CallerSource;
/// use scopes_core::{AuthorizeError, Caller, ScopeCatalog, VerifiedToken, requires_scopes};
///
/// # #[derive(ScopeCatalog)]
/// # pub enum Scope {
/// #     #[scope("photos:read")]
/// #     PhotosRead,
/// # }
/// struct Job {
///     token: Option<VerifiedToken>,
/// }
///
/// impl CallerSource for Job {
///     fn caller(&self) -> Caller {
///         self.token.clone().into()
///     }
/// }
///
/// #[requires_scopes("photos:read", catalog = Scope, from = job)]
/// fn count_photos(job: &Job) -> Result<u32, AuthorizeError> {
///     Ok(42)
/// }
///
/// assert_eq!(count_photos(&Job { token: None }), Err(AuthorizeError::MissingToken));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a source of the caller",
    label = "not a `CallerSource`",
    note = "`from = ..` takes a `Caller`, a `VerifiedToken`, an `Option` of one, or a type that implements `CallerSource`"
)]
pub trait CallerSource {
    /// Returns the caller; an anonymous one, which is refused, if there is none.
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
