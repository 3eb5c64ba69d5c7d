//! The methods of MCP whose requirement depends on an argument: the one table of what is expected.

use serde_json::{Value, json};

use crate::methods::{ALL, NEW, OLD, Requires, Row, row};

/// Of the binder that the request names.
pub(crate) const BINDER: Requires = Requires::Scopes {
    named: "binders:1:read",
    implied_by: "binders:1:write",
    wrong: "binders:2:read",
};

pub(crate) fn rows() -> Vec<Row> {
    let binder = "binder://1/books";
    let of_binder = json!({ "binder": "1" });
    let other = json!({ "name": "other", "value": "b" });
    let listen = |uris: Value| json!({ "notifications": { "resourceSubscriptions": uris } });
    vec![
        row(
            "tools/call",
            json!({ "name": "binders.list", "arguments": of_binder }),
            BINDER,
            Some("binders.list 1"),
            ALL,
        ),
        row(
            "tools/call",
            json!({ "name": "binders.list", "arguments": {} }),
            Requires::Argument,
            None,
            ALL,
        ),
        row(
            "tools/call",
            json!({ "name": "binders.list", "arguments": { "binder": "1:write" } }),
            Requires::Argument,
            None,
            ALL,
        ),
        row(
            "prompts/get",
            json!({ "name": "tidy_binder", "arguments": of_binder }),
            BINDER,
            Some("tidy_binder 1"),
            ALL,
        ),
        row(
            "prompts/get",
            json!({ "name": "tidy_binder" }),
            Requires::Argument,
            None,
            ALL,
        ),
        row(
            "resources/read",
            json!({ "uri": binder }),
            BINDER,
            Some("read binder 1"),
            ALL,
        ),
        row(
            "resources/read",
            json!({ "uri": "binder://%31/books" }),
            Requires::Argument,
            None,
            ALL,
        ),
        row(
            "resources/subscribe",
            json!({ "uri": binder }),
            BINDER,
            Some("subscribe binder://1/books"),
            OLD,
        ),
        row(
            "resources/unsubscribe",
            json!({ "uri": binder }),
            BINDER,
            Some("unsubscribe binder://1/books"),
            OLD,
        ),
        row(
            "subscriptions/listen",
            listen(json!([binder])),
            BINDER,
            Some("listen"),
            NEW,
        ),
        row(
            "completion/complete",
            json!({
                "ref": { "type": "ref/prompt", "name": "tidy_binder" },
                "argument": other,
                "context": { "arguments": of_binder },
            }),
            BINDER,
            Some("complete"),
            ALL,
        ),
        row(
            "completion/complete",
            json!({
                "ref": { "type": "ref/resource", "uri": "binder://{binder}/books" },
                "argument": other,
                "context": { "arguments": of_binder },
            }),
            BINDER,
            Some("complete"),
            ALL,
        ),
        row(
            "completion/complete",
            json!({
                "ref": { "type": "ref/prompt", "name": "tidy_binder" },
                "argument": { "name": "binder", "value": "1" },
            }),
            Requires::Argument,
            None,
            ALL,
        ),
        row(
            "tasks/get",
            json!({ "taskId": "task-of-binder" }),
            BINDER,
            Some("get task-of-binder"),
            ALL,
        ),
        row(
            "tasks/update",
            json!({ "taskId": "task-of-binder", "inputResponses": {} }),
            BINDER,
            Some("update task-of-binder"),
            ALL,
        ),
        row(
            "tasks/cancel",
            json!({ "taskId": "task-of-binder" }),
            BINDER,
            Some("cancel task-of-binder"),
            ALL,
        ),
        row(
            "journal/binder",
            of_binder.clone(),
            BINDER,
            Some("custom journal/binder 1"),
            ALL,
        ),
        row("journal/binder", json!({}), Requires::Argument, None, ALL),
    ]
}
