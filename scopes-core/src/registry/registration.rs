//! The registrations that the linker collects, and the operations that follow from them.

use std::any::type_name;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use super::argument::ReadArgument;
use super::path::path_of;
use super::{OperationKind, ProtectedOperation, Registry, Shared};
use crate::scope::{Expression, Requirement};

/// One annotation of a function.
#[doc(hidden)]
#[derive(Debug)]
pub struct Registration {
    kind: OperationKind,
    /// The name on the wire; empty for a plain function.
    name: &'static str,
    requirement: &'static Requirement,
    server: &'static str,
    /// The name of a type that stands in the function. No constant can have it.
    here: fn() -> &'static str,
    package: Option<&'static str>,
    in_test_target: bool,
    file: &'static str,
    line: u32,
    asks_context: bool,
    arguments: &'static [ReadArgument],
    description: &'static str,
}

inventory::collect!(Registration);

impl Registration {
    /// `H` is a type that is declared in the function. Cargo sets `CARGO_TARGET_TMPDIR` while it
    /// compiles integration tests and benchmarks, and for nothing else.
    #[must_use]
    pub const fn new<H>(
        kind: OperationKind,
        name: &'static str,
        requirement: &'static Requirement,
        cargo_pkg_name: Option<&'static str>,
        cargo_target_tmpdir: Option<&'static str>,
        file: &'static str,
        line: u32,
    ) -> Self {
        Self {
            kind,
            name,
            requirement,
            server: "",
            here: type_name::<H>,
            package: cargo_pkg_name,
            in_test_target: cargo_target_tmpdir.is_some(),
            file,
            line,
            asks_context: false,
            arguments: &[],
            description: "",
        }
    }

    /// The same annotation, on a function of `server`.
    #[must_use]
    pub const fn on_server(mut self, server: &'static str) -> Self {
        self.server = server;
        self
    }

    /// The same annotation, whose guard asks for the current caller.
    #[must_use]
    pub const fn asking_context(mut self) -> Self {
        self.asks_context = true;
        self
    }

    /// The same annotation, whose guard decides by these arguments.
    #[must_use]
    pub const fn reading(mut self, arguments: &'static [ReadArgument]) -> Self {
        self.arguments = arguments;
        self
    }

    /// The same annotation, on a function with this doc comment.
    #[must_use]
    pub const fn described(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    fn operation(
        &self,
        path: &'static str,
        requirement: &'static Requirement,
        arguments: &'static [ReadArgument],
        asks_context: bool,
    ) -> ProtectedOperation {
        let name = if self.name.is_empty() {
            path
        } else {
            self.name
        };
        ProtectedOperation {
            kind: self.kind,
            name: Cow::Borrowed(name),
            requirement: Shared::from_static(requirement),
            server: Cow::Borrowed(self.server),
            path,
            package: self.package.unwrap_or_default(),
            in_test_target: self.in_test_target,
            file: self.file,
            line: self.line,
            asks_context,
            arguments,
            description: Cow::Borrowed(self.description),
        }
    }
}

/// The operations of the program, which never change while it runs.
#[derive(Default)]
struct Program {
    operations: Vec<ProtectedOperation>,
    /// The requirement of each guard, and the operation that it guards.
    guards: Vec<(&'static Requirement, &'static str)>,
}

fn program() -> &'static Program {
    static PROGRAM: OnceLock<Program> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        // A path alone is not enough: the library and the binary of one package share a crate name.
        let mut functions: HashMap<_, Vec<&'static Registration>> = HashMap::new();
        let mut program = Program::default();
        for registration in inventory::iter::<Registration> {
            let path = path_of((registration.here)());
            if path.is_empty() {
                program.add(path, &[registration]);
                continue;
            }
            let function = (registration.package, path, registration.file);
            functions.entry(function).or_default().push(registration);
        }
        for ((_, path, _), mut annotations) in functions {
            // The linker keeps no order.
            annotations.sort_by_cached_key(|one| (one.line, one.requirement.to_string()));
            program.add(path, &annotations);
        }
        program
    })
}

impl Program {
    /// Adds the operation of one function, which runs only after all of its guards: it requires
    /// what they require together. Of stacked annotations, those that say what the function is on
    /// the wire count; one below `#[tool]` takes it for a plain function.
    fn add(&mut self, path: &'static str, annotations: &[&'static Registration]) {
        let requirement = all_of(annotations);
        let arguments = arguments_of(annotations);
        let asks_context = annotations.iter().any(|one| one.asks_context);
        let is_function = |one: &Registration| one.kind == OperationKind::Function;
        let only_functions = annotations.iter().all(|one| is_function(one));
        let first = self.operations.len();
        for one in annotations {
            let operation = one.operation(path, requirement, arguments, asks_context);
            let is_known = self.operations[first..].iter().any(|known| {
                (known.kind, &known.name, &known.server)
                    == (operation.kind, &operation.name, &operation.server)
            });
            if (only_functions || !is_function(one)) && !is_known {
                self.operations.push(operation);
            }
        }
        let name = match self.operations[first..].first().map(|known| &known.name) {
            Some(Cow::Borrowed(name)) => name,
            _ => path,
        };
        let guards = annotations.iter().map(|one| one.requirement);
        self.guards.extend(guards.zip(std::iter::repeat(name)));
    }
}

/// Returns the requirement of all annotations together.
fn all_of(annotations: &[&'static Registration]) -> &'static Requirement {
    let mut requirements: Vec<&'static Requirement> = Vec::new();
    for one in annotations {
        if !requirements.contains(&one.requirement) {
            requirements.push(one.requirement);
        }
    }
    // A guard that names scopes also takes a token, and a valid one.
    let strictest = |one: &&Requirement| (one.expression().is_some(), !one.is_public());
    let expressions: Vec<&Expression> = requirements
        .iter()
        .filter_map(|one| one.expression())
        .collect();
    match (expressions.as_slice(), requirements.iter().copied()) {
        ([] | [_], all) => all.max_by_key(strictest).unwrap_or(&PUBLIC),
        // Made once for the program, which keeps it until it ends.
        (several, _) => Box::leak(Box::new(Requirement::all(several.iter().copied().cloned()))),
    }
}

/// The arguments of all of the annotations.
fn arguments_of(annotations: &[&'static Registration]) -> &'static [ReadArgument] {
    if let [one] = annotations {
        return one.arguments;
    }
    let mut all: Vec<_> = annotations.iter().flat_map(|one| one.arguments).collect();
    all.sort();
    all.dedup();
    // Made once for the program, which keeps it until it ends.
    Box::leak(all.into_iter().copied().collect())
}

static PUBLIC: Requirement = Requirement::public();

/// The operations of all annotations of the program.
pub(super) fn operations() -> &'static [ProtectedOperation] {
    &program().operations
}

/// The operation that a guard with this very requirement guards.
#[cfg(feature = "tracing")]
pub(crate) fn guards() -> &'static [(&'static Requirement, &'static str)] {
    &program().guards
}

impl Registry {
    /// The operations that these packages register outside of their test and benchmark targets. A
    /// package is named as in its `Cargo.toml`.
    ///
    /// Functions of a library's `#[cfg(test)]` modules are operations of the package in the tests
    /// of that library: mark them `unlisted`.
    #[must_use]
    pub fn of_packages<P: AsRef<str>>(&self, packages: &[P]) -> Self {
        let is_named = |name: &str| packages.iter().any(|package| package.as_ref() == name);
        self.operations()
            .into_iter()
            .filter(|operation| !operation.in_test_target && is_named(operation.package))
            .collect()
    }

    /// The names of the packages that register operations outside of their test and benchmark
    /// targets.
    #[must_use]
    pub fn packages(&self) -> Vec<&'static str> {
        let operations = self.operations().into_iter();
        let counted = operations
            .filter(|operation| !operation.in_test_target && !operation.package.is_empty());
        let mut packages: Vec<_> = counted.map(|operation| operation.package).collect();
        packages.sort_unstable();
        packages.dedup();
        packages
    }
}
