//! The tasks of unmodified clients at the journal.

use scopes_interop::task::{Call, FirstGrant, Task};
use serde_json::json;

use crate::site::Site;

/// Counts entries, then creates one.
pub(crate) fn task(site: &Site, grant: FirstGrant, client_id: Option<&str>) -> Task {
    Task {
        url: site.url.clone(),
        client_id: client_id.map(str::to_owned),
        tools: 4,
        grant,
        first: Call {
            tool: "count_entries",
            arguments: json!({}),
            scope: "entries:read",
        },
        step: Call {
            tool: "create_entry",
            arguments: json!({}),
            scope: "entries:write",
        },
    }
}

/// Writes in a notebook, with the scope of all.
pub(crate) fn every_notebook() -> Call {
    Call {
        tool: "write_in_notebook",
        arguments: json!({ "notebook": 1 }),
        scope: "notebooks:write",
    }
}

/// Reads a notebook, with the scope of this one.
pub(crate) fn one_notebook() -> Call {
    Call {
        tool: "read_notebook",
        arguments: json!({ "notebook": 1 }),
        scope: "notebooks:1:read",
    }
}
