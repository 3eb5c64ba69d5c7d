//! A value that is part of the program, or was made at run time.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// A shared reference to a value that is a `static` of the program, or that was made at run time.
/// Cheap to clone.
///
/// ```
/// use scopes_core::{Requirement, registry::Shared};
///
/// static AUTHENTICATED: Requirement = Requirement::authenticated();
/// let fixed = Shared::from(&AUTHENTICATED);
/// let made = Shared::from(Requirement::authenticated());
/// assert_eq!(fixed, made);
/// ```
pub struct Shared<T: 'static>(Place<T>);

enum Place<T: 'static> {
    Static(&'static T),
    Counted(Arc<T>),
}

impl<T> Shared<T> {
    /// Wraps a reference to a `static`.
    #[must_use]
    pub const fn from_static(value: &'static T) -> Self {
        Self(Place::Static(value))
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        match &self.0 {
            Place::Static(value) => value,
            Place::Counted(value) => value,
        }
    }
}

impl<T> AsRef<T> for Shared<T> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T> From<&'static T> for Shared<T> {
    fn from(value: &'static T) -> Self {
        Self::from_static(value)
    }
}

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self(Place::Counted(Arc::new(value)))
    }
}

impl<T> From<Arc<T>> for Shared<T> {
    fn from(value: Arc<T>) -> Self {
        Self(Place::Counted(value))
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Place::Static(value) => Place::Static(value),
            Place::Counted(value) => Place::Counted(Arc::clone(value)),
        })
    }
}

impl<T: PartialEq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Shared<T> {}

impl<T: Hash> Hash for Shared<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(formatter)
    }
}

impl<T: fmt::Display> fmt::Display for Shared<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(formatter)
    }
}
