//! The methods of MCP, and what each requires of its caller: the one table of what is expected.

use serde_json::{Value, json};

/// What a row requires.
pub(crate) enum Requires {
    /// A good token.
    Token,
    /// `named`, or what implies it.
    Scopes {
        named: &'static str,
        implied_by: &'static str,
        /// Scopes that do not satisfy it.
        wrong: &'static str,
    },
    /// An argument that the request lacks.
    Argument,
}

pub(crate) struct Row {
    pub(crate) method: &'static str,
    pub(crate) params: Value,
    pub(crate) requires: Requires,
    /// What the server does, if it does something to be seen.
    pub(crate) executes: Option<&'static str>,
    /// Whether only these versions know the method.
    pub(crate) versions: fn(&str) -> bool,
}

pub(crate) const ALL: fn(&str) -> bool = |_| true;
pub(crate) const OLD: fn(&str) -> bool = |version| version != "2026-07-28";
pub(crate) const NEW: fn(&str) -> bool = |version| version == "2026-07-28";

pub(crate) const ENTRIES: Requires = Requires::Scopes {
    named: "entries:read",
    implied_by: "entries:write",
    wrong: "analytics:view",
};
const TAGS: Requires = Requires::Scopes {
    named: "tags:read",
    implied_by: "tags:write",
    wrong: "analytics:view",
};

const USER: Requires = Requires::Scopes {
    named: "user:read",
    implied_by: "user:read",
    wrong: "analytics:view",
};

pub(crate) fn row(
    method: &'static str,
    params: Value,
    requires: Requires,
    executes: Option<&'static str>,
    versions: fn(&str) -> bool,
) -> Row {
    Row {
        method,
        params,
        requires,
        executes,
        versions,
    }
}

/// The methods whose requirement no argument changes.
pub(crate) fn rows() -> Vec<Row> {
    let argument = json!({ "name": "id", "value": "1" });
    let entry = "journal://entries/7";
    let template = "journal://entries/{id}";
    let listen = |uris: Value| json!({ "notifications": { "resourceSubscriptions": uris } });
    vec![
        row(
            "initialize",
            json!({
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": { "name": "test", "version": "1" },
            }),
            Requires::Token,
            None,
            OLD,
        ),
        row(
            "notifications/initialized",
            json!({}),
            Requires::Token,
            None,
            OLD,
        ),
        row(
            "notifications/custom",
            json!({}),
            Requires::Token,
            None,
            ALL,
        ),
        row("ping", json!({}), Requires::Token, None, OLD),
        row("server/discover", json!({}), Requires::Token, None, NEW),
        row(
            "logging/setLevel",
            json!({ "level": "info" }),
            Requires::Token,
            Some("set_level"),
            OLD,
        ),
        row(
            "tools/list",
            json!({}),
            Requires::Token,
            Some("tools/list"),
            ALL,
        ),
        row("prompts/list", json!({}), Requires::Token, None, ALL),
        row("resources/list", json!({}), Requires::Token, None, ALL),
        row(
            "resources/templates/list",
            json!({}),
            Requires::Token,
            None,
            ALL,
        ),
        row(
            "tools/call",
            json!({ "name": "open" }),
            Requires::Token,
            Some("open"),
            ALL,
        ),
        row(
            "tools/call",
            json!({ "name": "entries.list", "arguments": {} }),
            ENTRIES,
            Some("entries.list"),
            ALL,
        ),
        row(
            "tools/call",
            json!({ "name": "unknown" }),
            Requires::Token,
            None,
            ALL,
        ),
        row(
            "prompts/get",
            json!({ "name": "suggest_tags" }),
            TAGS,
            Some("suggest_tags"),
            ALL,
        ),
        row(
            "prompts/get",
            json!({ "name": "unknown" }),
            Requires::Token,
            None,
            ALL,
        ),
        row(
            "resources/read",
            json!({ "uri": entry }),
            ENTRIES,
            Some("read journal://entries/7"),
            ALL,
        ),
        row(
            "resources/subscribe",
            json!({ "uri": entry }),
            ENTRIES,
            Some("subscribe journal://entries/7"),
            OLD,
        ),
        row(
            "resources/unsubscribe",
            json!({ "uri": entry }),
            ENTRIES,
            Some("unsubscribe journal://entries/7"),
            OLD,
        ),
        row(
            "subscriptions/listen",
            listen(json!([])),
            Requires::Token,
            Some("listen"),
            NEW,
        ),
        row(
            "subscriptions/listen",
            listen(json!(["journal://entries/8", entry])),
            ENTRIES,
            Some("listen"),
            NEW,
        ),
        row(
            "completion/complete",
            json!({ "ref": { "type": "ref/prompt", "name": "suggest_tags" }, "argument": argument }),
            TAGS,
            Some("complete"),
            ALL,
        ),
        row(
            "completion/complete",
            json!({ "ref": { "type": "ref/resource", "uri": template }, "argument": argument }),
            ENTRIES,
            Some("complete"),
            ALL,
        ),
        row(
            "tasks/get",
            json!({ "taskId": "task-1" }),
            ENTRIES,
            Some("get task-1"),
            ALL,
        ),
        row(
            "tasks/update",
            json!({ "taskId": "task-1", "inputResponses": {} }),
            ENTRIES,
            Some("update task-1"),
            ALL,
        ),
        row(
            "tasks/cancel",
            json!({ "taskId": "task-1" }),
            ENTRIES,
            Some("cancel task-1"),
            ALL,
        ),
        row(
            "skills/list",
            json!({}),
            Requires::Token,
            Some("skills/list"),
            ALL,
        ),
        row(
            "skills/get",
            json!({ "uri": "skill://tags/SKILL.md" }),
            TAGS,
            Some("skills/get"),
            ALL,
        ),
        row(
            "skills/get",
            json!({ "uri": "skill://unknown/SKILL.md" }),
            Requires::Token,
            None,
            ALL,
        ),
        row(
            "resources/directory/read",
            json!({ "uri": "skill://tags" }),
            TAGS,
            Some("directory"),
            ALL,
        ),
        row(
            "journal/custom",
            json!({}),
            USER,
            Some("custom journal/custom"),
            ALL,
        ),
        row(
            "journal/other",
            json!({ "is": "unknown" }),
            Requires::Token,
            None,
            ALL,
        ),
    ]
}
