//! The problems that validation finds with the protected operations of a program.

use std::fmt;

use super::inputs::ArgumentMismatch;
use super::{OperationKind, ProtectedOperation, Shared};
use crate::scope::{Catalog, ScopeDeclaration, ScopeName};

/// A mismatch that leaves an operation unprotected, or a requirement without effect.
///
/// ```
/// use scopes_core::registry::ServedNames;
/// use scopes_core::{Registry, RegistryProblem};
///
/// let served = ServedNames::new().tools(["purge"]);
/// let error = Registry::default().validate(&served).err();
/// let error = error.ok_or("nothing protects `purge`")?;
/// assert!(error.problems().iter().any(|problem| matches!(
///     problem,
///     RegistryProblem::NotAnnotated { name, .. } if name == "purge",
/// )));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistryProblem {
    /// Two operations that clients reach by the same name require different things.
    ConflictingRequirements {
        /// The operation that is listed first.
        first: Shared<ProtectedOperation>,
        /// The operation with another requirement.
        second: Shared<ProtectedOperation>,
    },
    /// A requirement names a scope that no catalog declares.
    UndeclaredScope {
        /// The operation that requires it.
        operation: Shared<ProtectedOperation>,
        /// The scope.
        scope: ScopeName,
        /// The template of a catalog that stands for it.
        template: Option<&'static ScopeDeclaration>,
    },
    /// Two scopes of different catalogs match one name: who is granted one has the other as well.
    OverlappingScopes {
        /// The catalog that declares the template.
        catalog: &'static Catalog,
        /// A scope with placeholders.
        template: &'static ScopeDeclaration,
        /// The catalog that declares the other scope.
        other_catalog: &'static Catalog,
        /// The other scope.
        other: &'static ScopeDeclaration,
        /// A name that both match.
        name: String,
    },
    /// An operation is annotated, and the server serves nothing of that name.
    NotServed {
        /// The operation.
        operation: Shared<ProtectedOperation>,
        /// The name that was probably meant.
        suggestion: Option<String>,
    },
    /// The server serves something that is not annotated, so nothing protects it.
    NotAnnotated {
        /// The kind of operation that clients see.
        kind: OperationKind,
        /// The name it is served under.
        name: String,
        /// An annotated function of that name, if there is one. It may be the same function,
        /// annotated below `#[tool]`, or any other.
        function: Option<Shared<ProtectedOperation>>,
    },
    /// The requirement depends on an argument that the operation does not have, or that has no value
    /// in some calls, which are then denied.
    InvalidArgument {
        /// The operation.
        operation: Shared<ProtectedOperation>,
        /// The name of the argument.
        argument: String,
        /// The mismatch.
        mismatch: ArgumentMismatch,
    },
    /// The guard uses the current caller, which is unknown in the handler, so it refuses every
    /// call.
    CallerUnknown {
        /// The first such operation.
        operation: Shared<ProtectedOperation>,
    },
}

impl fmt::Display for RegistryProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConflictingRequirements { first, second } => write!(
                formatter,
                "{first} requires {}, but {second} requires {}; give one of them another name, or both the same requirement",
                first.requirement, second.requirement
            ),
            Self::UndeclaredScope {
                operation,
                scope,
                template: None,
            } => write!(
                formatter,
                "{operation} requires `{scope}`, which no catalog declares; declare it, or correct the name"
            ),
            Self::UndeclaredScope {
                operation,
                scope,
                template: Some(template),
            } => write!(
                formatter,
                "{operation} requires `{scope}`, for which the template `{}` stands; require the template with `RequiredScope::declared_as`, or correct the name",
                template.name()
            ),
            Self::OverlappingScopes {
                catalog,
                template,
                other_catalog,
                other,
                name,
            } => write!(
                formatter,
                "`{}` of {} and `{}` of {} both match `{name}`; change a fixed segment or the number of segments of one of them",
                template.name(),
                catalog.name(),
                other.name(),
                other_catalog.name()
            ),
            Self::NotServed {
                operation,
                suggestion,
            } => {
                write!(formatter, "{operation} is annotated, but not served; ")?;
                match suggestion {
                    Some(name) => write!(formatter, "did you mean `{name}`?"),
                    None => write!(formatter, "serve it, or correct the name in its annotation"),
                }
            }
            Self::InvalidArgument {
                operation,
                argument,
                mismatch,
            } => write!(
                formatter,
                "the requirement of {operation} depends on the argument `{argument}`, {mismatch}"
            ),
            Self::CallerUnknown { operation } => write!(
                formatter,
                "{operation} reads the current caller, which its server does not set; put `#[scoped_handler]` on `impl ServerHandler`, or name the caller with `from = ..`"
            ),
            Self::NotAnnotated {
                kind,
                name,
                function,
            } => {
                write!(formatter, "{kind} `{name}` is served, but not annotated; ")?;
                let attribute = match kind {
                    OperationKind::Tool => "`#[tool]`",
                    OperationKind::Prompt => "`#[prompt]`",
                    _ => "what names it",
                };
                match function {
                    None => write!(
                        formatter,
                        "write `#[requires_scopes(..)]` on it, above {attribute}, or `#[requires_scopes(public)]`"
                    ),
                    Some(function) => write!(
                        formatter,
                        "{function} is annotated as a plain function, which does not protect a {kind}. If it is this {kind}, move the annotation above {attribute}, or add `{kind} = \"{name}\"` to it; if not, annotate the {kind}"
                    ),
                }
            }
        }
    }
}
