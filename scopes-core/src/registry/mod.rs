//! The registry of the program's annotated operations, which the linker collects.
//!
//! Lists, metadata, reports and the gate read the registry. Guards do not depend on it: a guard
//! checks its caller even if its operation is missing here.

mod anonymous;
mod argument;
mod index;
mod inputs;
mod listing;
mod operation;
mod overlaps;
mod path;
mod problem;
mod registration;
mod schema;
mod shared;
mod uri_template;
mod validation;

#[doc(hidden)]
pub use anonymous::AnonymousHandler;
pub use anonymous::AnonymousLists;
#[cfg(feature = "report")]
pub(crate) use anonymous::anonymous_handlers;
pub use argument::ReadArgument;
pub use index::Requirements;
pub use inputs::ArgumentMismatch;
pub use listing::Registry;
#[cfg(feature = "api-keys")]
pub(crate) use listing::registered_catalogs;
pub use operation::{OperationKind, ParseOperationKindError, ProtectedOperation};
pub use problem::RegistryProblem;
#[doc(hidden)]
pub use registration::Registration;
#[cfg(feature = "tracing")]
pub(crate) use registration::guards;
pub use shared::Shared;
pub use validation::{ServedNames, ValidateRegistryError};

use crate::scope::Catalog;

/// A catalog of the program.
#[doc(hidden)]
#[derive(Debug)]
pub struct RegisteredCatalog(pub &'static Catalog);

inventory::collect!(RegisteredCatalog);
