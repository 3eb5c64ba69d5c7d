//! The scopes that clients of the server ask for.

use super::endpoint::Endpoint;
use super::resource_metadata::Resource;
use crate::scope::ScopeSet;

pub(super) struct Wanted {
    /// The scopes of the 401, with which clients register and sign in.
    pub(super) first: Option<ScopeSet>,
    /// Those, and all of `scopes_supported`.
    pub(super) all: ScopeSet,
    /// The server names several authorization servers. A client is known at one of them.
    pub(super) has_several_issuers: bool,
}

impl Wanted {
    pub(super) fn new(endpoint: &Endpoint, resource: &Resource) -> Self {
        let first = endpoint.scope().filter(|scope| !scope.is_empty());
        let mut all = first.clone().unwrap_or_default();
        let documents = resource.document.iter();
        all.extend(documents.flat_map(|document| document.scopes_supported.iter().cloned()));
        let mut documents = resource.document.iter();
        Self {
            first,
            all,
            has_several_issuers: documents.any(|one| one.authorization_servers.len() > 1),
        }
    }
}
