//! Every annotated operation of the program, as the linker collected them.
//!
//! The registry informs: lists, metadata and reports read it. It decides nothing: a guard works
//! whether or not its operation is found here.

mod anonymous;
mod argument;
mod index;
mod inputs;
mod listing;
mod operation;
mod path;
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
pub use operation::{OperationKind, ParseOperationKindError, ProtectedOperation};
#[doc(hidden)]
pub use registration::Registration;
#[cfg(feature = "tracing")]
pub(crate) use registration::guards;
pub use shared::Shared;
pub use validation::{RegistryProblem, ServedNames, ValidateRegistryError};

use crate::scope::Catalog;

/// A catalog of the program.
#[doc(hidden)]
#[derive(Debug)]
pub struct RegisteredCatalog(pub &'static Catalog);

inventory::collect!(RegisteredCatalog);
