//! The contents of a report. The number of a scope is its position in the same report's list.

use std::fmt;

use super::leaf::ReportedLeaf;
use crate::registry::{AnonymousLists, OperationKind};
use crate::scope::catalog::template;
use crate::scope::{Access, ScopeName};

/// The operations of a program at one moment, with the scopes that each requires.
///
/// It is made [of a program](Report::of_program), or read back from JSON or from a lock file, so
/// that two moments can be compared. Two builds of the same code make the same report, and the same
/// bytes of it in every format.
///
/// ```
/// use scopes_core::report::Report;
///
/// let report = Report::of_program();
/// for operation in report.operations() {
///     println!("{} {}", operation.kind, operation.name);
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub(super) program: Option<ReportedProgram>,
    /// The packages that register the operations, by name.
    pub(super) packages: Vec<String>,
    /// By path.
    pub(super) anonymous: Vec<ReportedAnonymous>,
    /// By catalog; inside of one, in the order of declaration.
    pub(super) scopes: Vec<ReportedScope>,
    /// By server, kind, name, path and requirement.
    pub(super) operations: Vec<ReportedOperation>,
}

/// The program that a report is about.
///
/// ```
/// use scopes_core::report::Report;
///
/// let report = Report::of_program().with_program("Journal", "1.2.3");
/// assert_eq!(report.program().map(|program| program.version.as_str()), Some("1.2.3"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportedProgram {
    /// The name of the program, for people.
    pub name: String,
    /// The version of the program; empty if it has none.
    pub version: String,
}

/// A handler that admits callers without a token, in a report.
///
/// ```
/// use scopes_core::report::Report;
///
/// let report = Report::from_lock("scopes.lock 1\nanonymous \"journal::Journal\": public lists\nserver \"\"\n")?;
/// assert_eq!(report.anonymous()[0].handler, "journal::Journal");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct ReportedAnonymous {
    /// The module and the type of the handler.
    pub handler: String,
    /// The entries of lists that these callers are shown.
    pub lists: AnonymousLists,
}

/// A scope in a report.
///
/// ```
/// use scopes_core::report::Report;
///
/// let lock = "scopes.lock 1\ncatalog \"Scope\"\n  scope \"tags:read\": \"Read your tags.\"\nserver \"\"\n";
/// let report = Report::from_lock(lock)?;
/// assert_eq!(report.scopes()[0].description, "Read your tags.");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportedScope {
    /// The path of the enum that declares it; `None` where none does.
    pub catalog: Option<String>,
    /// The name, as in tokens.
    pub name: ScopeName,
    /// The description for consent screens; empty if there is none.
    pub description: String,
    /// The places of the scopes that stand in its `implies(..)`.
    pub(super) implies: Vec<usize>,
    /// The places of all scopes that come with it, directly or through others, ascending.
    pub(crate) implied: Vec<usize>,
    /// `true` for a baseline scope, which the challenge of a 401 names.
    pub baseline: bool,
    /// `true` for a scope that is kept out of published lists.
    pub hidden: bool,
    /// `true` if clients request the concrete names of a template even if a scope without
    /// placeholders implies it.
    pub requestable: bool,
}

/// An operation in a report.
///
/// ```
/// use scopes_core::OperationKind;
/// use scopes_core::report::Report;
///
/// let report = Report::from_lock("scopes.lock 1\nserver \"\"\n  tool \"about\": public\n")?;
/// assert_eq!(report.operations()[0].kind, OperationKind::Tool);
/// assert_eq!(report.operations()[0].name, "about");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportedOperation {
    /// The server that serves it; empty for the unnamed one.
    pub server: String,
    /// The kind of operation that clients see.
    pub kind: OperationKind,
    /// The name under which clients reach it; of a plain function, its path.
    pub name: String,
    /// The path of its function, with its module and its type; empty where there is none.
    pub path: String,
    /// The requirement.
    pub(crate) requirement: ReportedRequirement,
    /// The arguments that the decision depends on, by name, each with the expression by which the
    /// function reads it.
    pub arguments: Vec<ReportedArgument>,
    /// The description for users; empty if there is none.
    pub description: String,
}

/// An argument in a report, as a function reads it.
///
/// ```
/// use scopes_core::report::Report;
///
/// let lock = "scopes.lock 1\ncatalog \"Scope\"\n  scope \"projects:{id}\": \"\"\nserver \"\"\n  tool \"deploy\" args(id = \"request.id\"): \"projects:{id}\"\n";
/// let report = Report::from_lock(lock)?;
/// let argument = &report.operations()[0].arguments[0];
/// assert_eq!(argument.expression.as_deref(), Some("request.id"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct ReportedArgument {
    /// The name on the wire. One with dots is a path into an object.
    pub name: String,
    /// The expression, as it stands in `args(..)`; `None` where it is the binding of that name.
    pub expression: Option<String>,
}

/// The requirement of an operation. The leaves name scopes of the same report.
pub(crate) type ReportedRequirement = Access<ReportedLeaf>;

impl Report {
    /// Returns the same report, of the program with this name and version.
    ///
    /// ```
    /// use scopes_core::report::Report;
    ///
    /// let report = Report::of_program().with_program("Journal", env!("CARGO_PKG_VERSION"));
    /// # drop(report);
    /// ```
    #[must_use]
    pub fn with_program(mut self, name: impl Into<String>, version: impl Into<String>) -> Self {
        self.program = Some(ReportedProgram {
            name: name.into(),
            version: version.into(),
        });
        self
    }

    /// Returns the program, if the report [names it](Self::with_program).
    #[must_use]
    pub fn program(&self) -> Option<&ReportedProgram> {
        self.program.as_ref()
    }

    /// Returns the packages that register the operations, as their `Cargo.toml` names them. Operations of
    /// integration tests and benchmarks, and operations without a function, have none.
    #[must_use]
    pub fn packages(&self) -> &[String] {
        &self.packages
    }

    /// Returns the handlers of these packages that admit callers without a token to public operations:
    /// `#[scoped_handler(anonymous = ..)]`.
    #[must_use]
    pub fn anonymous(&self) -> &[ReportedAnonymous] {
        &self.anonymous
    }

    /// Returns every scope of the catalogs that operations name scopes of, and every name that no catalog
    /// declares.
    #[must_use]
    pub fn scopes(&self) -> &[ReportedScope] {
        &self.scopes
    }

    /// Returns every operation.
    #[must_use]
    pub fn operations(&self) -> &[ReportedOperation] {
        &self.operations
    }

    /// Returns the operations of each server, which is named first; the unnamed one is `""`.
    pub fn servers(&self) -> impl Iterator<Item = (&str, &[ReportedOperation])> {
        let servers = self
            .operations
            .chunk_by(|one, next| one.server == next.server);
        servers.map(|operations| (operations[0].server.as_str(), operations))
    }

    /// Returns the same report of one server alone.
    #[must_use]
    pub fn of_server(&self, server: &str) -> Self {
        let operations = self.operations.iter();
        Self {
            program: self.program.clone(),
            packages: self.packages.clone(),
            anonymous: self.anonymous.clone(),
            scopes: self.scopes.clone(),
            operations: operations
                .filter(|operation| operation.server == server)
                .cloned()
                .collect(),
        }
    }

    /// The places of the scopes that `operations` can be reached by: those of the catalogs whose
    /// scopes they name, and the undeclared ones that they name.
    pub(super) fn scopes_of(&self, operations: &[ReportedOperation]) -> Vec<usize> {
        let mut named = vec![false; self.scopes.len()];
        for operation in operations {
            for leaf in operation.requirement.leaves() {
                named[leaf.place] = true;
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
    /// Returns whether the name has placeholders. Only a catalog gives them a meaning.
    #[must_use]
    pub fn is_template(&self) -> bool {
        self.catalog.is_some() && template::is_template(self.name.as_str())
    }

    /// Returns the names of the placeholders, in order.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        let name = self.is_template().then(|| self.name.as_str());
        name.into_iter().flat_map(template::placeholders)
    }
}

impl ReportedOperation {
    pub(super) fn order(&self) -> impl Ord + '_ {
        (
            &self.server,
            self.kind,
            &self.name,
            &self.path,
            &self.requirement,
            &self.arguments,
        )
    }
}

impl fmt::Display for ReportedScope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(formatter)
    }
}
