//! The scopes that each operation requires, written by hand, for comparison.

use scopes_core::OperationKind::{self, Prompt, Resource, Tool};

/// An operation, its requirement as it reads, and each smallest set of scopes that is enough.
pub(crate) struct Row {
    pub(crate) kind: OperationKind,
    pub(crate) name: &'static str,
    pub(crate) requirement: &'static str,
    pub(crate) enough: &'static [&'static [&'static str]],
}

const fn row(
    kind: OperationKind,
    name: &'static str,
    requirement: &'static str,
    enough: &'static [&'static [&'static str]],
) -> Row {
    Row {
        kind,
        name,
        requirement,
        enough,
    }
}

const READ_OR_WRITE_ENTRIES: &str = "any(entries:read, entries:write)";
const READ_OR_WRITE_TAGS: &str = "any(tags:read, tags:write)";
const ONE_OF_ENTRIES: &[&[&str]] = &[&["entries:read"], &["entries:write"]];
const ONE_OF_TAGS: &[&[&str]] = &[&["tags:read"], &["tags:write"]];
const WRITE_ENTRIES: &[&[&str]] = &[&["entries:write"]];
const WRITE_NOTEBOOK: &[&[&str]] = &[&["entries:write"], &["notebooks:1:write"]];
const READ_NOTEBOOK: &[&[&str]] = &[
    &["entries:read"],
    &["entries:write"],
    &["notebooks:1:read"],
    &["notebooks:1:write"],
];
const WRITE_TAGS: &[&[&str]] = &[&["tags:write"]];

pub(crate) const TABLE: &[Row] = &[
    row(Tool, "about", "public", &[&[]]),
    row(Tool, "whoami", "user:read", &[&["user:read"]]),
    row(Tool, "create_entry", "entries:write", WRITE_ENTRIES),
    row(Tool, "update_entry", "entries:write", WRITE_ENTRIES),
    row(Tool, "delete_entry", "entries:write", WRITE_ENTRIES),
    row(Tool, "get_entry", READ_OR_WRITE_ENTRIES, ONE_OF_ENTRIES),
    row(Tool, "list_entries", READ_OR_WRITE_ENTRIES, ONE_OF_ENTRIES),
    row(
        Tool,
        "list_notebooks",
        READ_OR_WRITE_ENTRIES,
        ONE_OF_ENTRIES,
    ),
    row(Tool, "create_notebook", "entries:write", WRITE_ENTRIES),
    row(
        Tool,
        "write_in_notebook",
        "notebooks:{notebook}:write",
        WRITE_NOTEBOOK,
    ),
    // The matrix lists the entries; `notebooks.rs` renames.
    row(
        Tool,
        "use_notebook",
        r#"match(action, "list_entries" => notebooks:{notebook}:read, "rename" => notebooks:{notebook}:write)"#,
        READ_NOTEBOOK,
    ),
    row(Tool, "create_tag", "tags:write", WRITE_TAGS),
    row(Tool, "update_tag", "tags:write", WRITE_TAGS),
    row(Tool, "delete_tag", "tags:write", WRITE_TAGS),
    row(Tool, "get_tag", READ_OR_WRITE_TAGS, ONE_OF_TAGS),
    row(Tool, "list_tags", READ_OR_WRITE_TAGS, ONE_OF_TAGS),
    row(
        Tool,
        "add_tag_to_entry",
        "all(entries:write, any(tags:read, tags:write))",
        &[
            &["entries:write", "tags:read"],
            &["entries:write", "tags:write"],
        ],
    ),
    row(
        Resource,
        "epicme://users/current",
        "user:read",
        &[&["user:read"]],
    ),
    row(Resource, "epicme://tags", "tags:read", &[&["tags:read"]]),
    row(
        Resource,
        "epicme://tags/{id}",
        "tags:read",
        &[&["tags:read"]],
    ),
    row(
        Resource,
        "epicme://entries/{id}",
        "entries:read",
        &[&["entries:read"]],
    ),
    row(
        Resource,
        "epicme://notebooks/{notebook}/entries/{id}",
        "notebooks:{notebook}:read",
        READ_NOTEBOOK,
    ),
    row(
        Prompt,
        "suggest_tags",
        "all(entries:read, tags:read)",
        &[&["entries:read", "tags:read"]],
    ),
];

impl Row {
    /// Returns whether `scopes` are enough.
    pub(crate) fn is_satisfied_by(&self, scopes: &[&str]) -> bool {
        let holds = |set: &&[&str]| set.iter().all(|scope| scopes.contains(scope));
        self.enough.iter().any(holds)
    }
}

/// All sets of the five scopes without placeholders.
pub(crate) fn scope_sets() -> Vec<Vec<&'static str>> {
    let scopes: Vec<_> = crate::client::ALL.split(' ').collect();
    let sets = (0..1_u32 << scopes.len()).map(|bits| {
        let held = scopes.iter().enumerate();
        let held = held.filter(|(place, _)| bits >> place & 1 == 1);
        held.map(|(_, scope)| *scope).collect()
    });
    sets.collect()
}
