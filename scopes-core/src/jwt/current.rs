//! A value that is replaced as a whole.

use std::sync::{Arc, PoisonError, RwLock};

/// The latest value, if there is one. A lock is held only to copy a pointer or a part of the value,
/// never while anything waits.
pub(super) struct Current<T>(RwLock<Option<Arc<T>>>);

impl<T> Current<T> {
    pub(super) const fn empty() -> Self {
        Self(RwLock::new(None))
    }

    pub(super) fn load(&self) -> Option<Arc<T>> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Returns a part of the value, without a reference of its own to the whole.
    pub(super) fn map<R>(&self, part: impl FnOnce(&T) -> R) -> Option<R> {
        let value = self.0.read().unwrap_or_else(PoisonError::into_inner);
        value.as_deref().map(part)
    }

    pub(super) fn store(&self, value: T) {
        let before = {
            let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
            current.replace(Arc::new(value))
        };
        // Dropped after the lock is released, so that readers do not wait.
        drop(before);
    }
}
