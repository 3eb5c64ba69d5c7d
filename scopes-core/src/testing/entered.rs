//! The context of a caller for as long as a value lives.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::caller::{Caller, Context};

/// The context of a caller on the current thread; made by [`enter`](super::enter). Dropping it leaves the
/// context. Several can be dropped in any order: the one that was entered last and still lives is current.
///
/// ```
/// use scopes_core::{Caller, testing};
///
/// let ada = testing::enter("ada", "entries:read");
/// assert!(Caller::current().token().is_some());
/// drop(ada);
/// assert!(Caller::current().token().is_none());
/// ```
#[must_use = "dropping it leaves the context of the caller"]
pub struct EnteredCaller {
    entry: u64,
    /// The context is that of one thread.
    thread: PhantomData<*const ()>,
}

thread_local! {
    /// For each value that lives, the context to go back to.
    static BEFORE: RefCell<Vec<(u64, Context)>> = const { RefCell::new(Vec::new()) };
}

impl EnteredCaller {
    pub(super) fn new(caller: Caller) -> Self {
        static ENTRIES: AtomicU64 = AtomicU64::new(0);
        let entry = ENTRIES.fetch_add(1, Ordering::Relaxed);
        let before = Context::of(caller).with_entry(entry).replace_current();
        // While a thread ends, it has no context any more.
        let _ = BEFORE.try_with(|all| all.borrow_mut().push((entry, before)));
        Self {
            entry,
            thread: PhantomData,
        }
    }
}

impl Drop for EnteredCaller {
    fn drop(&mut self) {
        let leave = |all: &RefCell<Vec<(u64, Context)>>| {
            let mut all = all.borrow_mut();
            let place = all.iter().position(|(entry, _)| *entry == self.entry)?;
            let (_, before) = all.swap_remove(place);
            if Context::is_current(self.entry) {
                return Some(before.replace_current());
            }
            // One that was entered later goes back to where this one came from. Otherwise the context is
            // that of a future, and ends with it.
            let mut later = all.iter_mut();
            let (_, context) = later.find(|(_, context)| context.has_entry(self.entry))?;
            Some(std::mem::replace(context, before))
        };
        let _ = BEFORE.try_with(leave);
    }
}

impl fmt::Debug for EnteredCaller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("EnteredCaller")
            .finish_non_exhaustive()
    }
}
