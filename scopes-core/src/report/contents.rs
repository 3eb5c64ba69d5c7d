//! What a report holds. Every number of a scope in it is a place in the same report's list.

use std::fmt;

use super::label::Labels;
use crate::registry::OperationKind;
use crate::scope::ScopeName;

/// Which operations there are, and what each requires: the annotations of a program at one moment.
///
/// It is made [of a program](Report::of_program), or read back from JSON or from a lock file, so
/// that two moments can be compared. Two builds of the same code make the same report, and the same
/// bytes of it in every format.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The packages that register the operations, by name.
    pub(super) packages: Vec<String>,
    /// By catalog; inside of one, in the order of declaration.
    pub(super) scopes: Vec<ReportedScope>,
    /// By server, kind, name, path and requirement.
    pub(super) operations: Vec<ReportedOperation>,
}

/// What a report says of one scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedScope {
    pub(super) catalog: Option<String>,
    pub(super) name: ScopeName,
    pub(super) description: String,
    pub(super) implies: Vec<usize>,
    pub(super) implied: Vec<usize>,
    pub(super) baseline: bool,
    pub(super) hidden: bool,
}

/// What a report says of one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedOperation {
    pub(super) server: String,
    pub(super) kind: OperationKind,
    pub(super) name: String,
    pub(super) path: String,
    pub(super) requirement: ReportedRequirement,
}

/// What an operation requires.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ReportedRequirement {
    /// Nothing, not even a token.
    Public,
    /// Any valid token.
    Authenticated,
    /// Scopes.
    Scopes(ReportedExpression),
}

/// Which scopes are needed. A group without members is satisfied by nobody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ReportedExpression {
    /// The scope at this place of [`Report::scopes`].
    Scope(usize),
    /// One of these.
    Any(Vec<ReportedExpression>),
    /// Every one of these.
    All(Vec<ReportedExpression>),
}

impl Report {
    /// The packages that register the operations, as their `Cargo.toml` names them. Operations of
    /// integration tests and benchmarks, and operations without a function, have none.
    #[must_use]
    pub fn packages(&self) -> &[String] {
        &self.packages
    }

    /// Every scope of the catalogs that operations name scopes of, and every name that no catalog
    /// declares.
    #[must_use]
    pub fn scopes(&self) -> &[ReportedScope] {
        &self.scopes
    }

    /// Every operation.
    #[must_use]
    pub fn operations(&self) -> &[ReportedOperation] {
        &self.operations
    }

    /// The operations of each server, which is named first; the unnamed one is `""`.
    pub fn servers(&self) -> impl Iterator<Item = (&str, &[ReportedOperation])> {
        let servers = self
            .operations
            .chunk_by(|one, next| one.server == next.server);
        servers.map(|operations| (operations[0].server.as_str(), operations))
    }

    /// The same report of one server alone.
    #[must_use]
    pub fn of_server(&self, server: &str) -> Self {
        let operations = self.operations.iter();
        Self {
            packages: self.packages.clone(),
            scopes: self.scopes.clone(),
            operations: operations
                .filter(|operation| operation.server == server)
                .cloned()
                .collect(),
        }
    }

    /// What each scope is called: its name, and its catalog where two have one name.
    #[must_use]
    pub fn labels(&self) -> Vec<String> {
        Labels::of_report(self).into_all()
    }

    /// The places of the scopes that `operations` can be reached by: those of the catalogs whose
    /// scopes they name, and the undeclared ones that they name.
    pub(super) fn scopes_of(&self, operations: &[ReportedOperation]) -> Vec<usize> {
        let mut named = vec![false; self.scopes.len()];
        for operation in operations {
            for place in operation.requirement.leaves() {
                named[place] = true;
            }
        }
        let catalog = |place: usize| self.scopes[place].catalog.as_deref();
        let catalogs: std::collections::HashSet<&str> = (0..named.len())
            .filter(|place| named[*place])
            .filter_map(catalog)
            .collect();
        (0..named.len())
            .filter(|place| named[*place] || catalog(*place).is_some_and(|c| catalogs.contains(c)))
            .collect()
    }
}

impl ReportedScope {
    /// The path of the enum that declares it; `None` where none does.
    #[must_use]
    pub fn catalog(&self) -> Option<&str> {
        self.catalog.as_deref()
    }

    /// Its name, as it stands in tokens.
    #[must_use]
    pub fn name(&self) -> &ScopeName {
        &self.name
    }

    /// What a consent screen says of it; empty where nothing was written.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The places of the scopes that stand in its `implies(..)`.
    #[must_use]
    pub fn implies(&self) -> &[usize] {
        &self.implies
    }

    /// The places of all scopes that come with it, directly or through others, ascending.
    #[must_use]
    pub fn implied(&self) -> &[usize] {
        &self.implied
    }

    /// Whether a 401 names it.
    #[must_use]
    pub fn is_baseline(&self) -> bool {
        self.baseline
    }

    /// Whether it is kept out of published lists.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.hidden
    }
}

impl ReportedOperation {
    /// Which server serves it; empty for the unnamed one.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// How clients reach it.
    #[must_use]
    pub fn kind(&self) -> OperationKind {
        self.kind
    }

    /// The name under which clients reach it; of a plain function, its path.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The path of its function, with its module and its type; empty where there is none.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What it requires.
    #[must_use]
    pub fn requirement(&self) -> &ReportedRequirement {
        &self.requirement
    }

    pub(super) fn order(&self) -> impl Ord + '_ {
        (
            &self.server,
            self.kind,
            &self.name,
            &self.path,
            &self.requirement,
        )
    }
}

impl ReportedRequirement {
    /// The scopes that are needed; `None` where none is.
    #[must_use]
    pub fn expression(&self) -> Option<&ReportedExpression> {
        match self {
            Self::Scopes(expression) => Some(expression),
            Self::Public | Self::Authenticated => None,
        }
    }

    /// The places of its scopes in the order in which they are written, repetitions included.
    #[must_use]
    pub fn leaves(&self) -> Vec<usize> {
        let mut leaves = Vec::new();
        if let Some(expression) = self.expression() {
            expression.collect_leaves(&mut leaves);
        }
        leaves
    }
}

impl ReportedExpression {
    pub(super) fn collect_leaves(&self, leaves: &mut Vec<usize>) {
        match self {
            Self::Scope(place) => leaves.push(*place),
            Self::Any(members) | Self::All(members) => members
                .iter()
                .for_each(|member| member.collect_leaves(leaves)),
        }
    }

    /// Whether it holds where `is_held` holds for a scope.
    pub(super) fn is_satisfied(&self, is_held: &impl Fn(usize) -> bool) -> bool {
        let satisfied = |member: &Self| member.is_satisfied(is_held);
        match self {
            Self::Scope(place) => is_held(*place),
            Self::Any(members) => members.iter().any(satisfied),
            Self::All(members) => !members.is_empty() && members.iter().all(satisfied),
        }
    }
}

impl fmt::Display for ReportedScope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(formatter)
    }
}
