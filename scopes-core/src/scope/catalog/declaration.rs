//! One declared scope.

use super::template;

/// The declaration of one scope.
///
/// ```
/// # use scopes_core::ScopeCatalog;
/// # #[derive(ScopeCatalog)]
/// # pub enum Scope {
/// #     /// See your photos.
/// #     #[scope("photos:read")]
/// #     PhotosRead,
/// #     /// Change your photos.
/// #     #[scope("photos:write", implies(PhotosRead))]
/// #     PhotosWrite,
/// # }
/// let write = Scope::PhotosWrite.declaration();
/// assert_eq!(write.name(), "photos:write");
/// assert_eq!(write.description(), "Change your photos.");
/// // The position of `photos:read`, which it implies.
/// assert_eq!(write.implied(), [0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopeDeclaration {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) implies: &'static [u16],
    pub(crate) implied: &'static [u16],
    pub(crate) baseline: bool,
    pub(crate) hidden: bool,
    pub(crate) requestable: bool,
}

impl ScopeDeclaration {
    /// Returns the scope's name, as in tokens and challenges.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the scope's description for consent screens; empty if there is none.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        self.description
    }

    /// Returns the positions, in the catalog, of the scopes in `implies(..)`.
    #[must_use]
    pub const fn implies(&self) -> &'static [u16] {
        self.implies
    }

    /// Returns the positions of all scopes that this one implies, directly or through others.
    #[must_use]
    pub const fn implied(&self) -> &'static [u16] {
        self.implied
    }

    /// Returns whether a 401 names the scope.
    #[must_use]
    pub const fn is_baseline(&self) -> bool {
        self.baseline
    }

    /// Returns whether the name has placeholders, as in `projects:{project}:write`. It then stands
    /// for one scope for each of their values.
    #[must_use]
    pub const fn is_template(&self) -> bool {
        template::is_template(self.name)
    }

    /// Returns the names of the placeholders, in order.
    pub fn placeholders(&self) -> impl Iterator<Item = &'static str> {
        template::placeholders(self.name)
    }

    /// Returns whether clients are asked to request the names that a template stands for, even where
    /// a scope without placeholders implies it.
    #[must_use]
    pub const fn is_requestable(&self) -> bool {
        self.requestable
    }

    /// Returns whether the scope is kept out of published lists.
    #[must_use]
    pub const fn is_hidden(&self) -> bool {
        self.hidden
    }
}
