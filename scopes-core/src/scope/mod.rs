//! Scope names and sets, catalogs, granted scopes, and the requirements of operations.
//!
//! A catalog declares the scopes of a program, a token grants some of them, and the requirement of an
//! operation decides whether they are enough.
//!
//! ```
//! use scopes_core::{GrantedScopes, Requirement, ScopeCatalog};
//!
//! #[derive(ScopeCatalog)]
//! enum Scope {
//!     /// See your photos.
//!     #[scope("photos:read")]
//!     PhotosRead,
//!     /// Change your photos.
//!     #[scope("photos:write", implies(PhotosRead))]
//!     PhotosWrite,
//! }
//!
//! let requirement = Requirement::one(Scope::PhotosRead);
//! assert!(requirement.is_satisfied_by(&GrantedScopes::parse("photos:write")?));
//! # Ok::<(), scopes_core::ParseScopeError>(())
//! ```

mod argument;
pub(crate) mod catalog;
mod granted;
mod instances;
mod name;
pub(crate) mod requirement;
mod set;

pub use argument::{ArgumentProblem, ArgumentValue, Arguments, InvalidArgument};
pub use catalog::{Catalog, FindScopeError, ScopeCatalog, ScopeDeclaration};
pub use granted::GrantedScopes;
pub use name::{ParseScopeError, ScopeName};
#[cfg(all(feature = "mcp", feature = "store"))]
pub(crate) use requirement::stored::StoredAccess;
pub use requirement::{Access, Arm, Expression, Match, RequiredScope, Requirement, Tree};
pub use set::{ScopeSet, ScopeSetIntoIter, ScopeSetIter};
