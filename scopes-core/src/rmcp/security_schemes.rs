//! How clients have to authenticate for a tool, in the `_meta` of its entry.

use serde_json::{Value, json};

use crate::registry::Requirements;
use crate::scope::{GrantedScopes, ScopeSet};

/// The key in `_meta`.
pub(super) const KEY: &str = "securitySchemes";

/// Returns the one scheme by which the tool can be called: `noauth`, or `oauth2` with the scopes that a
/// challenge would name to a caller without any. Names with placeholders are left out: their values come
/// with the call. So is what only a hidden scope would satisfy.
pub(super) fn of(
    requirements: &Requirements,
    takes_anonymous: bool,
    requested: impl FnOnce(ScopeSet) -> ScopeSet,
) -> Value {
    if takes_anonymous && requirements.iter().all(|one| one.is_public()) {
        return json!([{ "type": "noauth" }]);
    }
    let mut scopes = ScopeSet::new();
    for requirement in requirements.iter() {
        if !requirement.takes_arguments() && requirement.published().is_some() {
            scopes.extend(&requirement.alternative(&GrantedScopes::default()));
        }
    }
    let scopes: Vec<_> = requested(scopes).iter().map(ToString::to_string).collect();
    json!([{ "type": "oauth2", "scopes": scopes }])
}
