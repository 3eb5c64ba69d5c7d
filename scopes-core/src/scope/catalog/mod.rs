//! Catalogs: the declared scopes, their descriptions, and the scopes that they imply.

use std::fmt;

pub use self::declaration::ScopeDeclaration;
use self::name_index::NameIndex;

mod concrete_name;
mod declaration;
pub(crate) mod name_index;
pub(crate) mod template;
pub(crate) mod typo;

/// An enum that declares the scopes of a program, through `#[derive(ScopeCatalog)]`.
///
/// ```
/// use scopes_core::ScopeCatalog;
///
/// # #[derive(ScopeCatalog)]
/// # pub enum Scope {
/// #     /// See your photos.
/// #     #[scope("photos:read")]
/// #     PhotosRead,
/// #     /// Change your photos.
/// #     #[scope("photos:write", implies(PhotosRead))]
/// #     PhotosWrite,
/// # }
/// /// Lists the scopes of any catalog, for a help page.
/// fn names<C: ScopeCatalog>() -> Vec<&'static str> {
///     C::ALL.iter().map(|scope| scope.declaration().name()).collect()
/// }
///
/// assert_eq!(names::<Scope>(), ["photos:read", "photos:write"]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` declares no scopes",
    label = "not a scope catalog",
    note = "a catalog is an enum with `#[derive(scopes_core::ScopeCatalog)]`"
)]
pub trait ScopeCatalog: Sized + 'static {
    /// The declarations, without the enum's type. There is one catalog for each enum, always at
    /// the same address.
    const CATALOG: &'static Catalog;

    /// Every scope, in the order of declaration.
    const ALL: &'static [Self];

    /// The scope's position in [`ALL`](Self::ALL).
    fn position(&self) -> usize;

    /// Returns the declaration of the scope.
    fn declaration(&self) -> &'static ScopeDeclaration {
        &Self::CATALOG.declarations()[self.position()]
    }
}

/// The declarations of one enum.
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
/// let catalog = Scope::CATALOG;
/// assert_eq!(catalog.position("photos:write"), Some(1));
/// let lines: Vec<String> = catalog
///     .declarations()
///     .iter()
///     .map(|scope| format!("{}: {}", scope.name(), scope.description()))
///     .collect();
/// assert_eq!(lines, ["photos:read: See your photos.", "photos:write: Change your photos."]);
/// ```
pub struct Catalog {
    name: &'static str,
    declarations: &'static [ScopeDeclaration],
    index: NameIndex,
    /// The positions of those that have placeholders.
    templates: &'static [u16],
}

impl Catalog {
    pub(crate) const fn new(
        name: &'static str,
        declarations: &'static [ScopeDeclaration],
        index: NameIndex,
        templates: &'static [u16],
    ) -> Self {
        Self {
            name,
            declarations,
            index,
            templates,
        }
    }

    /// Returns the path of the enum: `epicme::Scope`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the declarations, in order.
    #[must_use]
    pub const fn declarations(&self) -> &'static [ScopeDeclaration] {
        self.declarations
    }

    /// Returns the scopes that a 401 names, in order.
    pub fn baseline(&self) -> impl Iterator<Item = &'static ScopeDeclaration> {
        self.declarations.iter().filter(|scope| scope.baseline)
    }

    /// Returns the position of the scope with exactly this name.
    #[must_use]
    #[inline]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.position_of(name.as_bytes())
    }

    #[inline]
    pub(crate) fn position_of(&self, name: &[u8]) -> Option<usize> {
        self.index.find(self.declarations, name)
    }

    /// Returns whether there are scopes with placeholders.
    #[inline]
    pub(crate) fn has_templates(&self) -> bool {
        !self.templates.is_empty()
    }

    /// Returns the position of the template that matches `name`, and calls `each` with the values.
    /// At most one template of a catalog matches a name.
    pub(crate) fn template_of<'n>(
        &self,
        name: &'n str,
        mut each: impl FnMut(&'n str),
    ) -> Option<usize> {
        let is_instance = |position: &&u16| {
            let template = self.declarations[usize::from(**position)].name;
            template::read_values(template, name, |_| {})
        };
        let position = usize::from(*self.templates.iter().find(is_instance)?);
        template::read_values(self.declarations[position].name, name, &mut each);
        Some(position)
    }

    /// Returns the declaration of the scope with exactly this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&'static ScopeDeclaration> {
        self.position(name)
            .map(|position| &self.declarations[position])
    }

    /// Catalogs are told apart by their address: two enums may declare the same names.
    #[inline]
    pub(crate) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl PartialEq for Catalog {
    fn eq(&self, other: &Self) -> bool {
        self.is(other)
    }
}

impl Eq for Catalog {}

impl fmt::Debug for Catalog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Catalog")
            .field("name", &self.name)
            .field("declarations", &self.declarations)
            .finish_non_exhaustive()
    }
}

/// Returned when the catalog does not declare a name.
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
/// let error = "photos:raed".parse::<Scope>().err();
/// let error = error.ok_or("the catalog declares no such scope")?;
/// assert_eq!(error.suggestion(), Some("photos:read"));
/// assert_eq!(error.to_string(), "unknown scope \"photos:raed\"; did you mean `photos:read`?");
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct FindScopeError {
    pub(crate) name: String,
    pub(crate) catalog: &'static Catalog,
}

impl FindScopeError {
    /// Returns the unknown name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the most similar declared name, if one is similar enough for a typo.
    #[must_use]
    pub fn suggestion(&self) -> Option<&'static str> {
        typo::nearest(self.catalog.declarations, &self.name)
    }
}

/// Prints what `Display` does: `main` shows the error that it returns by `Debug`.
impl fmt::Debug for FindScopeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for FindScopeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "unknown scope {:?}", self.name)?;
        match self.suggestion() {
            Some(name) => write!(formatter, "; did you mean `{name}`?"),
            None => write!(formatter, "; {} does not declare it", self.catalog.name),
        }
    }
}

impl std::error::Error for FindScopeError {}
