//! The declarations of names that clients request, and their descriptions for a consent page.

use std::borrow::Cow;

use super::{Catalog, FindScopeError, ScopeDeclaration};
use crate::scope::catalog::template;

impl Catalog {
    /// Returns the declaration of the scope `name` of a token or a request: the one with this name,
    /// or the template that matches it. The name of a template is not itself a scope.
    ///
    /// # Errors
    ///
    /// If the catalog declares no such scope.
    pub fn declaring(
        &'static self,
        name: &str,
    ) -> Result<&'static ScopeDeclaration, FindScopeError> {
        let plain = self.find(name).filter(|scope| !scope.is_template());
        let of_template = || Some(&self.declarations[self.template_of(name, |_| {})?]);
        plain.or_else(of_template).ok_or_else(|| FindScopeError {
            name: name.to_owned(),
            catalog: self,
        })
    }
}

impl ScopeDeclaration {
    /// Returns the description of the scope `name`. If this template matches the name, each
    /// `{placeholder}` in the description is replaced by its value.
    ///
    /// ```
    /// use scopes_core::ScopeCatalog;
    ///
    /// #[derive(ScopeCatalog)]
    /// enum Scope {
    ///     /// Write in project {project}.
    ///     #[scope("projects:{project}:write")]
    ///     ProjectWrite,
    /// }
    ///
    /// let declaration = Scope::CATALOG.declaring("projects:42:write")?;
    /// assert_eq!(declaration.description_of("projects:42:write"), "Write in project 42.");
    /// assert!(Scope::CATALOG.declaring("projects:42:read").is_err());
    /// # Ok::<(), scopes_core::FindScopeError>(())
    /// ```
    #[must_use]
    pub fn description_of(&self, name: &str) -> Cow<'static, str> {
        let mut values = Vec::new();
        if !self.is_template() || !template::read_values(self.name, name, |it| values.push(it)) {
            return self.description.into();
        }
        // No value has a brace, so no value is itself replaced.
        let filled = self
            .placeholders()
            .zip(values)
            .fold(self.description.to_owned(), |text, (placeholder, value)| {
                text.replace(&format!("{{{placeholder}}}"), value)
            });
        filled.into()
    }
}
