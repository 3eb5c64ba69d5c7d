//! The description of a requirement for clients, in the `_meta` of a list's entry.

use serde_json::{Value, json};

use crate::scope::Requirement;

/// The key in `_meta`: a name below an address that belongs to this crate, as MCP asks for.
pub(super) const KEY: &str = "rs.docs.scopes-core/requirement";

/// Returns the requirement as JSON, written as in the report, and as a sentence; `None` if only a
/// hidden scope satisfies it.
pub(super) fn description(requirement: &Requirement) -> Option<Value> {
    let requires = requirement.published()?;
    let sentence = requires.sentence();
    Some(json!({ "requires": requires, "sentence": sentence }))
}
