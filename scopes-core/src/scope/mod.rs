//! Scopes: one name, several names, the declared vocabulary, what a token grants, and what an
//! operation requires.

mod alternative;
pub(crate) mod catalog;
mod granted;
pub(crate) mod name_index;
mod program;
pub(crate) mod requirement;
mod set;
pub(crate) mod suggestion;
mod token;
mod wording;

pub use catalog::{Catalog, ScopeCatalog, ScopeDeclaration, UnknownScopeError};
pub use granted::GrantedScopes;
pub use requirement::{Expression, RequiredScope, Requirement};
pub use set::ScopeSet;
pub use token::{ParseScopeError, ScopeToken};
