//! Requirements in a store, where other instances of the same program read them.

use serde::{Deserialize, Serialize};

use super::required_scope::RequiredScope;
use super::tree::Access;
use super::{Requirement, ScopeName};
use crate::scope::Catalog;

/// A requirement as it is stored: with names in its leaves.
pub(crate) type StoredAccess = Access<StoredScope>;

/// A required scope by its name, and by that of the catalog that declares it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredScope {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    catalog: Option<String>,
    name: String,
}

impl Requirement {
    pub(crate) fn to_stored(&self) -> StoredAccess {
        self.access.map(|scope| StoredScope {
            catalog: scope
                .declared()
                .map(|(catalog, _)| catalog.name().to_owned()),
            name: scope.as_str().to_owned(),
        })
    }

    /// Returns `None` if a scope is not in `catalogs`, as in another version of the program.
    pub(crate) fn from_stored(
        stored: &StoredAccess,
        catalogs: &[&'static Catalog],
    ) -> Option<Self> {
        let read = |scope: &StoredScope| scope.read(catalogs).ok_or(());
        let access = stored.try_change(|tree| tree.try_map(read)).ok()?;
        Some(Self::new(access))
    }
}

impl StoredScope {
    fn read(&self, catalogs: &[&'static Catalog]) -> Option<RequiredScope> {
        let Some(catalog) = &self.catalog else {
            let name = ScopeName::try_from(self.name.clone()).ok()?;
            return Some(RequiredScope::undeclared(name));
        };
        let mut named = catalogs.iter().filter(|known| known.name() == catalog);
        match (named.next(), named.next()) {
            (Some(catalog), None) => RequiredScope::found_in(catalog, &self.name),
            // Enums inside of functions can share a path.
            _ => None,
        }
    }
}
