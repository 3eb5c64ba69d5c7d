//! Scopes: one name, several names, the declared vocabulary, what a token grants, and what an
//! operation requires.

pub(crate) mod catalog;
mod granted;
mod name;
pub(crate) mod requirement;
mod set;

pub use catalog::{Catalog, ScopeCatalog, ScopeDeclaration, UnknownScopeError};
pub use granted::GrantedScopes;
pub use name::{ParseScopeError, ScopeName};
pub use requirement::{Access, Expression, RequiredScope, Requirement, Tree};
pub use set::{ScopeSet, ScopeSetIntoIter, ScopeSetIter};
