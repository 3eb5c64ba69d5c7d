//! The scopes of the catalog that clients are offered.

use oauth_as::scope::ScopeSet as OAuthScopes;
use scopes_core::ScopeCatalog as _;
use scopes_core::ScopeDeclaration;

use crate::Scope;

/// Every scope that is published. A hidden one is granted to nobody here.
pub(super) fn offered() -> impl Iterator<Item = &'static ScopeDeclaration> {
    let declared = Scope::CATALOG.declarations();
    declared.iter().filter(|scope| !scope.is_hidden())
}

/// The names of all that is offered.
pub(super) fn names() -> Vec<String> {
    offered().map(|scope| scope.name().to_owned()).collect()
}

/// All that is offered, as the protocol has it.
pub(super) fn all() -> OAuthScopes {
    OAuthScopes::from_tokens(names()).unwrap_or_else(|_| OAuthScopes::empty())
}

/// What a request for `asked` is about, in catalog order.
///
/// Names that are not offered are passed over (RFC 6749 section 3.3 allows it, as long as the
/// token response says what was granted): shipped clients add `openid` or `offline_access` unasked,
/// and refusing those helps nobody. A request without `scope` is about the baseline. One that names
/// nothing that is offered is empty, and refused: it is a mistake that a baseline would hide.
pub(super) fn requested(asked: Option<&str>) -> Vec<&'static ScopeDeclaration> {
    match asked.map(str::trim).filter(|asked| !asked.is_empty()) {
        Some(asked) => {
            let names: Vec<&str> = asked.split(' ').collect();
            offered()
                .filter(|scope| names.contains(&scope.name()))
                .collect()
        }
        None => offered().filter(|scope| scope.is_baseline()).collect(),
    }
}

/// The names of `scopes` as a `scope` parameter has them.
pub(super) fn parameter<'a>(scopes: impl IntoIterator<Item = &'a ScopeDeclaration>) -> String {
    let names: Vec<&str> = scopes.into_iter().map(ScopeDeclaration::name).collect();
    names.join(" ")
}
