//! Scopes: names, sets of names, catalogs, the scopes that a token grants, and the requirements of
//! operations.

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
