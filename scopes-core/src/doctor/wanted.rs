//! The scopes that clients of the server ask for.

use super::endpoint::Endpoint;
use super::resource_metadata::Resource;
use crate::scope::ScopeSet;

pub(super) struct Wanted {
    /// The scopes of the 401, with which clients register and sign in.
    pub(super) first: Option<ScopeSet>,
    /// Those, and all of `scopes_supported`.
    pub(super) all: ScopeSet,
}

impl Wanted {
    pub(super) fn new(endpoint: &Endpoint, resource: &Resource) -> Self {
        let first = endpoint.scope().filter(|scope| !scope.is_empty());
        let mut all = first.clone().unwrap_or_default();
        let document = resource.document.as_ref();
        for scope in document
            .iter()
            .flat_map(|document| document.scopes_supported.iter())
        {
            all.insert(scope.clone());
        }
        Self { first, all }
    }
}
