//! From the registry and the catalogs to a report.

use std::collections::HashMap;

use super::contents::{
    Report, ReportedAnonymous, ReportedArgument, ReportedOperation, ReportedScope,
};
use super::implication;
use super::leaf::{Filling, ReportedLeaf};
use crate::registry::{OperationKind, ProtectedOperation, Registry, anonymous_handlers};
use crate::scope::{Catalog, RequiredScope, ScopeName};

impl Report {
    /// Returns the report of every annotated operation of the program.
    #[must_use]
    pub fn of_program() -> Self {
        Self::from_registry(&Registry::of_program())
    }

    /// Returns the report of the operations in `registry`.
    #[must_use]
    pub fn from_registry(registry: &Registry) -> Self {
        let mut places = Places::default();
        for catalog in registry.catalogs() {
            places.declare(catalog);
        }
        let listed = registry.operations();
        let mut undeclared: Vec<&ScopeName> = listed
            .iter()
            .flat_map(|operation| operation.requirement.access().leaves())
            .filter(|scope| scope.declared().is_none())
            .map(RequiredScope::name)
            .collect();
        undeclared.sort_unstable();
        undeclared.dedup();
        for name in undeclared {
            places.add_undeclared(name);
        }
        let operations = listed.iter();
        let operations = operations.map(|operation| places.operation(operation));
        let operations = operations.collect();
        let anonymous = anonymous_handlers().into_iter();
        let anonymous = anonymous.map(|(handler, lists)| ReportedAnonymous { handler, lists });
        let packages = registry.packages().into_iter().map(str::to_owned);
        Self::assembled(
            packages.collect(),
            anonymous.collect(),
            places.scopes,
            operations,
        )
    }

    /// The report with everything that follows from the rest, in its order.
    pub(super) fn assembled(
        packages: Vec<String>,
        mut anonymous: Vec<ReportedAnonymous>,
        mut scopes: Vec<ReportedScope>,
        mut operations: Vec<ReportedOperation>,
    ) -> Self {
        implication::follow(&mut scopes);
        // The name of a plain function is its path.
        for operation in &mut operations {
            if operation.kind == OperationKind::Function && operation.path.is_empty() {
                operation.path.clone_from(&operation.name);
            }
        }
        for operation in &mut operations {
            operation.arguments.sort_unstable();
        }
        operations.sort_by(|one, other| one.order().cmp(&other.order()));
        anonymous.sort_unstable();
        Self {
            program: None,
            packages,
            anonymous,
            scopes,
            operations,
        }
    }
}

/// The places of the scopes.
#[derive(Default)]
struct Places {
    scopes: Vec<ReportedScope>,
    catalogs: Vec<(&'static Catalog, usize)>,
    undeclared: HashMap<String, usize>,
}

impl Places {
    fn declare(&mut self, catalog: &'static Catalog) {
        let first = self.scopes.len();
        // Enums inside of functions can share a path.
        let namesakes = self.catalogs.iter();
        let namesakes = namesakes.filter(|(known, _)| known.name() == catalog.name());
        let name = match namesakes.count() {
            0 => catalog.name().to_owned(),
            before => format!("{}#{}", catalog.name(), before + 1),
        };
        self.catalogs.push((catalog, first));
        let scopes = catalog.declarations().iter().map(|declared| ReportedScope {
            catalog: Some(name.clone()),
            name: ScopeName::from_static(declared.name()),
            description: declared.description().to_owned(),
            implies: declared
                .implies()
                .iter()
                .map(|place| first + usize::from(*place))
                .collect(),
            implied: Vec::new(),
            baseline: declared.is_baseline(),
            hidden: declared.is_hidden(),
            requestable: declared.is_requestable(),
        });
        self.scopes.extend(scopes);
    }

    fn add_undeclared(&mut self, name: &ScopeName) {
        self.undeclared.insert(name.to_string(), self.scopes.len());
        self.scopes.push(ReportedScope {
            catalog: None,
            name: name.clone(),
            description: String::new(),
            implies: Vec::new(),
            implied: Vec::new(),
            baseline: false,
            hidden: false,
            requestable: false,
        });
    }

    fn operation(&self, operation: &ProtectedOperation) -> ReportedOperation {
        ReportedOperation {
            server: operation.server.clone().into_owned(),
            kind: operation.kind,
            name: operation.name.clone().into_owned(),
            path: operation.path.to_owned(),
            requirement: operation.requirement.access().map(|scope| self.leaf(scope)),
            arguments: operation
                .arguments
                .iter()
                .map(|argument| ReportedArgument {
                    name: argument.name.to_owned(),
                    expression: argument.expression.map(str::to_owned),
                })
                .collect(),
            description: operation.description.clone().into_owned(),
        }
    }

    fn leaf(&self, scope: &RequiredScope) -> ReportedLeaf {
        let place = self.place(scope);
        let declared = &self.scopes[place];
        let fillings = declared
            .is_template()
            .then(|| Filling::read_all(declared.name.as_str(), scope.as_str()));
        ReportedLeaf {
            place,
            fillings: fillings.flatten().unwrap_or_default(),
        }
    }

    fn place(&self, scope: &RequiredScope) -> usize {
        let Some((catalog, position)) = scope.declared() else {
            return self.undeclared[scope.as_str()];
        };
        let known = self.catalogs.iter().find(|(known, _)| known.is(catalog));
        // The registry lists the catalog of every scope that it names.
        known.map_or(0, |(_, first)| first + position)
    }
}
