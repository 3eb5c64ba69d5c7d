//! Lists the annotated operations of the program, which the linker collects.
//!
//! Lists, metadata, reports and the gate read the registry. Guards do not depend on it: a guard
//! checks its caller even if its operation is missing here.
//!
//! ```
//! use scopes_core::{AuthorizeError, Registry, ScopeCatalog, requires_scopes};
//!
//! # #[derive(ScopeCatalog)]
//! # pub enum Scope {
//! #     #[scope("photos:read")]
//! #     PhotosRead,
//! # }
//! #[requires_scopes("photos:read", catalog = Scope)]
//! fn count_photos() -> Result<u32, AuthorizeError> {
//!     Ok(42)
//! }
//!
//! let operations = Registry::of_program().operations();
//! let counts = operations.iter().find(|operation| operation.name.ends_with("count_photos"));
//! let requirement = counts.map(|operation| operation.requirement.to_string());
//! assert_eq!(requirement.as_deref(), Some("photos:read"));
//! ```

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
