//! The scopes that clients can ask for.

use std::borrow::Cow;

use oauth_as::scope::ScopeSet as OAuthScopes;
use scopes_core::ScopeCatalog as _;
use scopes_core::ScopeDeclaration;

use crate::Scope;

/// A scope that can be granted: one of the catalog, or a name that one of its templates stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offered {
    name: String,
    declaration: &'static ScopeDeclaration,
}

impl Offered {
    /// Returns the scope of that name, unless it is unknown or hidden.
    fn find(name: &str) -> Option<Self> {
        let declaration = Scope::CATALOG.declaring(name).ok()?;
        (!declaration.is_hidden()).then(|| Self {
            name: name.to_owned(),
            declaration,
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns what the catalog says of the scope; its name where that is nothing.
    pub(super) fn description(&self) -> Cow<'_, str> {
        match self.declaration.description_of(&self.name) {
            description if description.is_empty() => Cow::Borrowed(&self.name),
            description => description,
        }
    }

    /// Returns whether a template stands for the name.
    pub(super) fn is_concrete(&self) -> bool {
        self.declaration.is_template()
    }

    /// Returns whether a client with the scope can delete what the user has stored.
    pub(super) fn deletes(&self) -> bool {
        // Every declaration of the catalog has a variant; the mark is shown if it has not.
        let scope = self.declaration.name().parse::<Scope>();
        scope.map_or(true, Scope::deletes)
    }

    fn position(&self) -> Option<usize> {
        Scope::CATALOG.position(self.declaration.name())
    }
}

/// Every published scope that has no placeholders. A hidden scope is granted to no client.
fn published() -> impl Iterator<Item = &'static ScopeDeclaration> {
    let declared = Scope::CATALOG.declarations().iter();
    declared.filter(|scope| !scope.is_hidden() && !scope.is_template())
}

/// Returns the names that the metadata lists. A template has as many names as there are values, and
/// is not listed: clients learn a concrete name from a challenge.
pub(super) fn names() -> Vec<String> {
    published().map(|scope| scope.name().to_owned()).collect()
}

/// Returns what every client may ask for, as the protocol has it, and the names in `granted`.
pub(super) fn all_and(granted: impl IntoIterator<Item = String>) -> OAuthScopes {
    let names = names().into_iter().chain(granted);
    OAuthScopes::from_tokens(names).unwrap_or_else(|_| OAuthScopes::empty())
}

/// Returns what every client may ask for, as the protocol has it.
pub(super) fn all() -> OAuthScopes {
    all_and([])
}

/// Returns the scopes that a request for `asked` is about, in catalog order.
///
/// Unknown names are ignored (RFC 6749 section 3.3 allows it, as long as the token response says what
/// was granted): shipped clients add `openid` or `offline_access` unasked, and refusing those helps
/// no user. A request without `scope` is about the baseline. One that names nothing that is offered
/// is empty, and refused: it is a mistake that a baseline would hide.
pub(super) fn requested(asked: Option<&str>) -> Vec<Offered> {
    let asked = asked.map(str::trim).filter(|asked| !asked.is_empty());
    let baseline = || {
        let names = Scope::CATALOG.baseline().map(ScopeDeclaration::name);
        names.filter_map(Offered::find).collect()
    };
    let named = |asked: &str| asked.split(' ').filter_map(Offered::find).collect();
    let mut scopes: Vec<Offered> = asked.map_or_else(baseline, named);
    scopes.sort_by(|one, other| (one.position(), &one.name).cmp(&(other.position(), &other.name)));
    scopes.dedup();
    scopes
}

/// Returns the names of `scopes` as a `scope` parameter has them.
pub(super) fn parameter<'a>(scopes: impl IntoIterator<Item = &'a Offered>) -> String {
    let names: Vec<&str> = scopes.into_iter().map(Offered::name).collect();
    names.join(" ")
}
