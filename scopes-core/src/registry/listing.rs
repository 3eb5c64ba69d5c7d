//! Lists of operations, always in the same order.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::index::{Index, Requirements};
use super::{OperationKind, ProtectedOperation, RegisteredCatalog, Shared};
use crate::scope::{ArgumentValue, InvalidArgument};
use crate::scope::{Catalog, RequiredScope, Requirement, ScopeName, ScopeSet};

/// Lists operations in a fixed order: by server, kind, name and place in the source.
///
/// Cloning one is cheap, and the clones share what they list: an operation that is
/// [added](Self::add) at run time is known to every part that was given the registry or a clone of
/// it, such as the gate and the handler of an MCP server.
///
/// ```
/// use scopes_core::{OperationKind, ProtectedOperation, Registry, Requirement, ScopeName};
///
/// let search = Requirement::one(ScopeName::from_static("search:read"));
/// let search = ProtectedOperation::at_run_time(OperationKind::Tool, "search", search);
/// let registry = Registry::from_iter([search]);
/// for operation in registry.operations() {
///     println!("{} `{}` requires {}", operation.kind, operation.name, operation.requirement);
/// }
/// // The gate denies what is not listed.
/// assert!(registry.requirements(OperationKind::Tool, "purge").is_none());
/// ```
#[derive(Clone, Default)]
pub struct Registry(Arc<RwLock<Arc<Listing>>>);

/// The contents of a registry at one time.
#[derive(Default)]
struct Listing {
    operations: Vec<Shared<ProtectedOperation>>,
    passes_undeclared: bool,
    /// Made at the first look-up.
    index: OnceLock<Index>,
    /// Made when it is first asked for.
    baseline: OnceLock<Arc<Requirement>>,
}

impl Registry {
    /// Returns every annotated operation of the program.
    ///
    /// An operation is listed only if its crate is linked, for which some code of the program has
    /// to name the crate.
    #[must_use]
    pub fn of_program() -> Self {
        super::registration::operations().iter().collect()
    }

    /// Returns the operations that are listed now.
    #[must_use]
    pub fn operations(&self) -> Vec<Shared<ProtectedOperation>> {
        self.listing().operations.clone()
    }

    /// Creates a registry of its own with the operations of one server; the unnamed one is `""`. What is
    /// added to one of the two later is not listed in the other.
    #[must_use]
    pub fn of_server(&self, server: &str) -> Self {
        let listing = self.listing();
        let operations = listing.operations.iter();
        Self::new(Listing {
            operations: operations
                .filter(|operation| operation.server == server)
                .cloned()
                .collect(),
            passes_undeclared: listing.passes_undeclared,
            ..Listing::default()
        })
    }

    /// Adds `operation`. If several operations have one kind and name, a caller must satisfy the
    /// requirements of all of them.
    ///
    /// For servers whose tools change at run time: add an operation before the server offers the
    /// tool, and [remove](Self::remove) it after the server has removed the tool.
    ///
    /// ```
    /// use scopes_core::{OperationKind, ProtectedOperation, Registry, Requirement, ScopeName};
    ///
    /// let registry = Registry::default();
    /// let search = ScopeName::from_static("search:read");
    /// let requirement = Requirement::one(search);
    /// registry.add(ProtectedOperation::at_run_time(OperationKind::Tool, "search", requirement));
    /// assert!(registry.requirements(OperationKind::Tool, "search").is_some());
    /// ```
    pub fn add(&self, operation: ProtectedOperation) {
        self.change(|listing| {
            listing.operations.push(operation.into());
            sort(&mut listing.operations);
        });
    }

    /// Removes every operation of this kind and name, annotated or added.
    pub fn remove(&self, kind: OperationKind, name: &str) {
        self.change(|listing| {
            listing
                .operations
                .retain(|operation| (operation.kind, &*operation.name) != (kind, name));
        });
    }

    /// Returns every requirement of the operation that clients reach by `name`; `None` if it is not
    /// listed. The name of a resource is its URI, or one that its template matches.
    #[must_use]
    pub fn requirements(&self, kind: OperationKind, name: &str) -> Option<Requirements> {
        self.read(|listing| listing.index().requirements(kind, name))
    }

    /// Returns every requirement of a request for the operation that clients reach by `name`, with the
    /// values of its arguments; `None` if the operation is not listed. `read` finds the value of an
    /// argument. A requirement with arguments that only the guard of its function can read is returned as
    /// it is.
    ///
    /// # Errors
    ///
    /// If an argument that a requirement names has no value that is allowed in a scope.
    pub fn resolved(
        &self,
        kind: OperationKind,
        name: &str,
        read: impl Fn(&str) -> ArgumentValue,
    ) -> Result<Option<Requirements>, InvalidArgument> {
        self.read(|listing| listing.index().resolved(kind, name, &read))
    }

    /// Allows operations that are not listed to every caller with a valid token, instead of denying
    /// them. Every operation that was neither annotated nor added is then open, and
    /// [`validate`](Self::validate) does not report it. The lock file does not show this setting.
    pub fn dangerously_pass_undeclared(&self) {
        crate::observe::passes_undeclared();
        self.change(|listing| listing.passes_undeclared = true);
    }

    /// Returns whether operations that are not listed are [passed](Self::dangerously_pass_undeclared).
    #[must_use]
    pub fn passes_undeclared(&self) -> bool {
        self.read(|listing| listing.passes_undeclared)
    }

    fn new(listing: Listing) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(listing))))
    }

    fn listing(&self) -> Arc<Listing> {
        // A listing is replaced whole, so a panic leaves none half changed.
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn read<R>(&self, read: impl FnOnce(&Listing) -> R) -> R {
        read(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, change: impl FnOnce(&mut Listing)) {
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut listing = Listing {
            operations: current.operations.clone(),
            passes_undeclared: current.passes_undeclared,
            ..Listing::default()
        };
        change(&mut listing);
        *current = Arc::new(listing);
    }

    /// Returns the names of the servers.
    pub fn servers(&self) -> impl Iterator<Item = Cow<'static, str>> {
        let listing = self.listing();
        let mut servers: Vec<_> = listing
            .operations
            .iter()
            .map(|operation| operation.server.clone())
            .collect();
        servers.dedup();
        servers.into_iter()
    }

    /// Returns the catalogs that the operations' scopes are declared in, by name.
    #[must_use]
    pub fn catalogs(&self) -> Vec<&'static Catalog> {
        self.listing().catalogs()
    }

    /// Returns the baseline requirement of an MCP session: every baseline scope of the
    /// [catalogs](Self::catalogs), or any valid token if there is none.
    #[must_use]
    pub fn baseline(&self) -> Arc<Requirement> {
        let listing = self.listing();
        let baseline = listing.baseline.get_or_init(|| {
            let catalogs = listing.catalogs().into_iter();
            let scopes: Vec<RequiredScope> =
                catalogs.flat_map(RequiredScope::baseline_of).collect();
            if scopes.is_empty() {
                return Requirement::authenticated().into();
            }
            Requirement::all(scopes).into()
        });
        Arc::clone(baseline)
    }

    /// Returns every scope that an operation names and that is not hidden: first those of the catalogs, in
    /// the order of declaration, then those that no catalog declares.
    #[must_use]
    pub fn scopes(&self) -> ScopeSet {
        let listing = self.listing();
        let catalogs = listing.catalogs();
        let mut named: Vec<Vec<bool>> = catalogs
            .iter()
            .map(|catalog| vec![false; catalog.declarations().len()])
            .collect();
        let mut undeclared = Vec::new();
        for scope in listing.scopes() {
            // Authorization servers do not know templates.
            let asked = match scope.template() {
                Some(_) => scope.asked_for(),
                None => Some(scope.clone()),
            };
            let Some(scope) = asked else { continue };
            let Some((catalog, position)) = scope.declared() else {
                undeclared.push(scope.name().clone());
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
            scopes.extend(named.map(|(scope, _)| ScopeName::from_static(scope.name())));
        }
        scopes.extend(undeclared);
        scopes
    }
}

impl Listing {
    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(&self.operations))
    }

    /// The catalogs of these scopes, by name.
    fn catalogs(&self) -> Vec<&'static Catalog> {
        let mut catalogs: Vec<&'static Catalog> = Vec::new();
        for scope in self.scopes() {
            if let Some((catalog, _)) = scope.declared()
                && !catalogs.iter().any(|known| known.is(catalog))
            {
                catalogs.push(catalog);
            }
        }
        catalogs.sort_by_key(|catalog| catalog.name());
        catalogs
    }

    /// The scopes that the operations require, repetitions included.
    fn scopes(&self) -> impl Iterator<Item = &RequiredScope> {
        let operations = self.operations.iter();
        operations.flat_map(|operation| operation.requirement.access().leaves())
    }
}

impl<O: Into<Shared<ProtectedOperation>>> FromIterator<O> for Registry {
    fn from_iter<I: IntoIterator<Item = O>>(operations: I) -> Self {
        let mut operations: Vec<_> = operations.into_iter().map(Into::into).collect();
        sort(&mut operations);
        Self::new(Listing {
            operations,
            ..Listing::default()
        })
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operations = &self.listing().operations;
        formatter.debug_tuple("Registry").field(operations).finish()
    }
}

fn sort(operations: &mut [Shared<ProtectedOperation>]) {
    operations.sort_by(|one, other| order(one).cmp(&order(other)));
}

fn order(operation: &ProtectedOperation) -> impl Ord + '_ {
    let ProtectedOperation {
        kind,
        name,
        server,
        path,
        file,
        line,
        ..
    } = operation;
    // `None` sorts before every name, as the empty text does, and compares faster.
    let server = (!server.is_empty()).then_some(&**server);
    (server, *kind, &**name, *path, *file, *line)
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
