//! Reports of operations and the scopes that they require (feature `report`).
//!
//! A [`Report`] is made from the annotations of the program. It prints as a table, as Markdown, as
//! CSV and as JSON. It returns the operations that a set of scopes allows, and the scopes that an
//! operation requires.
//!
//! ```
//! use scopes_core::{GrantedScopes, report::Report};
//!
//! let report = Report::of_program();
//! print!("{}", report.plain_table());
//! let reader = GrantedScopes::parse("entries:read")?;
//! for operation in report.permitted(Some(&reader)) {
//!     println!("{}", operation.name);
//! }
//! # Ok::<(), scopes_core::ParseScopeError>(())
//! ```
//!
//! It is for the developer, and includes [hidden](ReportedScope::hidden) scopes, which are marked.
//! For others, use [`Report::published`].
//!
//! # The report as JSON
//!
#![doc = include_str!("schema.md")]

mod alternatives;
pub(crate) mod cases;
mod contents;
mod csv;
pub mod diff;
mod document;
mod draft;
mod implication;
pub(crate) mod label;
mod leaf;
pub mod lock;
mod markdown;
mod problem;
mod projection;
mod published;
pub(crate) mod rows;
pub(crate) mod safe_text;
mod table;

#[cfg(feature = "page")]
pub(crate) use alternatives::{Contribution, cases_of};
pub use cases::ArgumentValues;
#[cfg(feature = "page")]
pub(crate) use contents::ReportedRequirement;
pub use contents::{
    Report, ReportedAnonymous, ReportedArgument, ReportedOperation, ReportedProgram, ReportedScope,
};
pub use diff::Diff;
#[cfg(feature = "page")]
pub(crate) use leaf::ReportedLeaf;
