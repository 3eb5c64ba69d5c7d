//! Scopes: one name, several names, the declared vocabulary, what a token grants, and what an
//! operation requires.

pub(crate) mod alternative;
mod catalog;
mod declaration;
mod expression;
mod granted;
pub(crate) mod name_index;
mod program;
mod requirement;
mod set;
pub(crate) mod suggestion;
mod token;
mod wording;

pub use catalog::{Catalog, ScopeCatalog, UnknownScopeError};
pub use declaration::ScopeDeclaration;
pub use expression::{Expression, RequiredScope};
pub use granted::GrantedScopes;
pub use requirement::Requirement;
pub use set::ScopeSet;
pub use token::{ParseScopeError, ScopeToken};
