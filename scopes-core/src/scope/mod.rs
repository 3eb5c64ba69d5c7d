//! Scopes: one name, several names, the declared vocabulary, what a token grants, and what an
//! operation requires.

pub(crate) mod alternative;
mod catalog;
mod declaration;
mod expression;
mod granted;
mod name;
pub(crate) mod name_index;
mod program;
mod requirement;
mod set;
pub(crate) mod suggestion;
mod wording;

pub use catalog::{Catalog, ScopeCatalog, UnknownScopeError};
pub use declaration::ScopeDeclaration;
pub use expression::{Expression, RequiredScope};
pub use granted::GrantedScopes;
pub use name::{ParseScopeError, ScopeName};
pub use requirement::Requirement;
pub use set::ScopeSet;
