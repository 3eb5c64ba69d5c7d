//! Lists of operations, always in the same order.

use super::{ProtectedOperation, RegisteredCatalog};
use crate::scope::{Catalog, Expression, ScopeSet, ScopeToken};

/// Operations in a fixed order: by server, kind, name and place in the source.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    operations: Vec<&'static ProtectedOperation>,
}

impl Registry {
    /// Every annotated operation of the program.
    ///
    /// An operation is found when its crate is linked, which takes that some code of the program
    /// names the crate.
    #[must_use]
    pub fn of_program() -> Self {
        super::registration::operations().iter().collect()
    }

    /// The operations.
    #[must_use]
    pub fn operations(&self) -> &[&'static ProtectedOperation] {
        &self.operations
    }

    /// The operations of one server; the unnamed one is `""`.
    #[must_use]
    pub fn of_server(&self, server: &str) -> Self {
        let operations = self
            .operations
            .iter()
            .filter(|operation| operation.server == server);
        Self {
            operations: operations.copied().collect(),
        }
    }

    /// The names of the servers.
    pub fn servers(&self) -> impl Iterator<Item = &'static str> {
        self.operations
            .chunk_by(|one, next| one.server == next.server)
            .filter_map(|operations| operations.first())
            .map(|operation| operation.server)
    }

    /// The catalogs that the operations' scopes are declared in, by name.
    #[must_use]
    pub fn catalogs(&self) -> Vec<&'static Catalog> {
        let mut catalogs: Vec<&'static Catalog> = Vec::new();
        for scope in self.expressions().flat_map(Expression::leaves) {
            if let Some((catalog, _)) = scope.declared()
                && !catalogs.iter().any(|known| known.is(catalog))
            {
                catalogs.push(catalog);
            }
        }
        catalogs.sort_by_key(|catalog| catalog.name());
        catalogs
    }

    /// Every scope that an operation names and that is not hidden: first those of the catalogs, in
    /// the order of declaration, then those that no catalog declares.
    #[must_use]
    pub fn scopes(&self) -> ScopeSet {
        let catalogs = self.catalogs();
        let mut named: Vec<Vec<bool>> = catalogs
            .iter()
            .map(|catalog| vec![false; catalog.declarations().len()])
            .collect();
        let mut undeclared = Vec::new();
        for scope in self.expressions().flat_map(Expression::leaves) {
            let Some((catalog, position)) = scope.declared() else {
                undeclared.push(scope.token());
                continue;
            };
            if let Some(place) = catalogs.iter().position(|known| known.is(catalog)) {
                named[place][position] = true;
            }
        }
        let mut scopes = ScopeSet::new();
        for (catalog, named) in catalogs.iter().zip(named) {
            let declarations = catalog.declarations().iter().zip(named);
            let named = declarations.filter(|(scope, named)| *named && !scope.is_hidden());
            scopes.extend(named.map(|(scope, _)| ScopeToken::from_static(scope.name())));
        }
        scopes.extend(undeclared);
        scopes
    }

    fn expressions(&self) -> impl Iterator<Item = &'static Expression> {
        self.operations
            .iter()
            .filter_map(|operation| operation.requirement.expression())
    }
}

impl FromIterator<&'static ProtectedOperation> for Registry {
    fn from_iter<I: IntoIterator<Item = &'static ProtectedOperation>>(operations: I) -> Self {
        let mut operations: Vec<_> = operations.into_iter().collect();
        operations.sort_by_key(|operation| {
            let ProtectedOperation {
                kind,
                name,
                server,
                path,
                file,
                line,
                ..
            } = operation;
            // `None` comes before every name, as the empty text does, and is compared much faster:
            // reading no bytes at an address that is none makes the processor stumble.
            let server = (!server.is_empty()).then_some(*server);
            (server, *kind, *name, *path, *file, *line)
        });
        Self { operations }
    }
}

/// Every catalog of the program, by name.
pub(crate) fn registered_catalogs() -> Vec<&'static Catalog> {
    let mut catalogs: Vec<_> = inventory::iter::<RegisteredCatalog>
        .into_iter()
        .map(|registered| registered.0)
        .collect();
    catalogs.sort_by_key(|catalog| catalog.name());
    catalogs
}
