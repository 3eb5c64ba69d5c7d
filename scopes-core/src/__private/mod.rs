//! Items for generated code. They are not part of the public API.

mod catalog;
mod guard;
mod requirement;

pub use std::boxed::Box;

pub use inventory;

pub use self::catalog::{
    catalog, concrete_name, declaration, name_index, name_index_len, templates, templates_len,
    unknown_scope,
};
pub use self::guard::{
    ArgumentSource, CarriesRefusal, DefaultMethod, Method, OneImplementation, argument, future,
    guard, guard_from, guard_from_with, guard_with, opaque, refuse,
};
pub use self::requirement::{
    CatalogOfCrate, OfCatalog, all, any, arm, assert_declared, assert_once, assert_plain, declared,
    matching, no_catalog, of_catalog, one, otherwise, reading, value,
};
pub use crate::registry::{AnonymousHandler, ReadArgument, RegisteredCatalog, Registration};
#[cfg(feature = "rmcp")]
pub use crate::rmcp::generated as rmcp;
