//! Without a gate, the handler decides.

use rmcp::ServerHandler;
use rmcp::model::{ServerCapabilities, ServerConfig, SubscriptionFilter};
use scopes_core::{
    OperationKind, ProtectedOperation, Registry, Requirement, ScopeName, scoped_handler,
};
use serde_json::json;

use crate::requests::{MODES, ask, complete, listen, open};
use crate::site::{Mode, Site, token};

/// Behind the handler attribute alone, what has no function is decided as by the gate.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_gate_the_handler_decides() {
    let entry = "journal://entries/1";
    let (older, newer) = ("2025-11-25", "2026-07-28");
    let prompt = complete("ref/prompt", "name", "suggest_tags");
    let template = complete("ref/resource", "uri", "journal://entries/{id}");
    for mode in MODES {
        let site = Site::ungated(mode);
        let session = open(&site, mode).await;
        for (method, params, version, scope, executes) in [
            (
                "resources/subscribe",
                json!({ "uri": entry }),
                older,
                "entries:read",
                "subscribe journal://entries/1",
            ),
            (
                "resources/unsubscribe",
                json!({ "uri": entry }),
                older,
                "entries:read",
                "unsubscribe journal://entries/1",
            ),
            (
                "subscriptions/listen",
                listen(entry),
                newer,
                "entries:read",
                "listen",
            ),
            (
                "completion/complete",
                prompt.clone(),
                older,
                "tags:read",
                "complete",
            ),
            (
                "completion/complete",
                template.clone(),
                newer,
                "entries:read",
                "complete",
            ),
            (
                "resources/directory/read",
                json!({ "uri": "skill://tags" }),
                older,
                "tags:read",
                "directory",
            ),
            (
                "skills/get",
                json!({ "uri": "skill://tags/SKILL.md" }),
                older,
                "tags:read",
                "skills/get",
            ),
            (
                "journal/custom",
                json!({}),
                older,
                "user:read",
                "custom journal/custom",
            ),
            (
                "tools/call",
                json!({ "name": "export", "arguments": {} }),
                older,
                "entries:read",
                "export",
            ),
        ] {
            let case = format!("{method} {params} {mode:?}");
            for scopes in ["", "analytics:view"] {
                let by = token("ada", scopes);
                let message = ask(&site, session.as_deref(), &by, version, method, &params).await;
                let refusal = if method == "tools/call" {
                    assert_eq!(message["result"]["isError"], true, "{case}: {message}");
                    &message["result"]["_meta"]["rs.docs.scopes-core/refusal"]
                } else {
                    assert_eq!(message["error"]["code"], -31403, "{case}: {message}");
                    &message["error"]["data"]
                };
                assert_eq!(refusal["scope"], scope, "{case}: {message}");
                assert_eq!(site.journal.executed(), Vec::<String>::new(), "{case}");
            }
            let by = token("ada", scope);
            let message = ask(&site, session.as_deref(), &by, version, method, &params).await;
            assert!(message["error"].is_null(), "{case}: {message}");
            assert_eq!(site.journal.executed(), [executes], "{case}");
        }
        let task = json!({ "taskId": "task-1" });
        for (method, executes) in [
            ("tasks/get", "get task-1"),
            ("tasks/cancel", "cancel task-1"),
        ] {
            let by = token("ada", "entries:read");
            let message = ask(&site, session.as_deref(), &by, older, method, &task).await;
            assert!(message["error"].is_null(), "{method} {mode:?}: {message}");
            assert_eq!(site.journal.executed(), [executes]);
            let less = token("ada", "analytics:view");
            let message = ask(&site, session.as_deref(), &less, older, method, &task).await;
            assert_eq!(
                message["error"]["code"], -31403,
                "{method} {mode:?}: {message}"
            );
            let other = token("bob", "entries:read");
            let message = ask(&site, session.as_deref(), &other, older, method, &task).await;
            assert_eq!(
                message["error"]["code"], -32602,
                "{method} {mode:?}: {message}"
            );
            assert_eq!(site.journal.executed(), Vec::<String>::new());
        }
    }
}

/// rmcp hands requests whose parameters it cannot read to the hook for methods that it does not
/// know.
#[tokio::test(flavor = "multi_thread")]
async fn parameters_that_cannot_be_read_reach_no_hook() {
    let entry = "journal://entries/1";
    let mut cases = Vec::new();
    for resources in [
        json!([entry, 7]),
        json!([7]),
        json!({}),
        json!(entry),
        json!([null]),
    ] {
        cases.push(json!({ "notifications": { "resourceSubscriptions": resources } }));
    }
    for filter in [json!("all"), json!(7)] {
        cases.push(json!({ "notifications": filter }));
    }
    let mut cases: Vec<_> = cases
        .into_iter()
        .map(|params| ("subscriptions/listen", params))
        .collect();
    for method in ["tools/call", "prompts/get"] {
        cases.push((method, json!({ "name": 7 })));
        cases.push((method, json!({})));
        cases.push((method, json!({ "name": "open", "arguments": 7 })));
    }
    for method in [
        "resources/read",
        "resources/subscribe",
        "skills/get",
        "resources/directory/read",
    ] {
        cases.push((method, json!({ "uri": 7 })));
        cases.push((method, json!({ "uri": null })));
    }
    for method in ["tasks/get", "tasks/update", "tasks/cancel"] {
        cases.push((method, json!({ "taskId": 7 })));
    }
    let argument = json!({ "name": "id", "value": "1" });
    for reference in [
        json!(7),
        json!({}),
        json!({ "type": "ref/tool", "name": "open" }),
    ] {
        cases.push((
            "completion/complete",
            json!({ "ref": reference, "argument": argument }),
        ));
    }
    for mode in [Mode::StatelessStream, Mode::StatelessJson] {
        for (is_gated, site) in [(true, Site::new(mode)), (false, Site::ungated(mode))] {
            for (method, params) in &cases {
                for version in ["2025-11-25", "2026-07-28"] {
                    let by = token("ada", "");
                    let message = ask(&site, None, &by, version, method, params).await;
                    let case = format!("{method} {params} {version}, gate: {is_gated}: {message}");
                    let is_open = params["name"] == "open" && *method == "tools/call";
                    assert!(is_open || message["error"].is_object(), "{case}");
                    let executed = site.journal.executed();
                    let is_custom = executed.iter().any(|what| what.starts_with("custom"));
                    assert!(!is_custom || is_open, "{case}: {executed:?}");
                    assert!(is_open || executed.is_empty(), "{case}: {executed:?}");
                }
            }
        }
    }
}

/// Accepts subscriptions, and leaves `listen` to rmcp.
#[derive(Clone, Default)]
struct Watched {
    registry: Registry,
}

#[scoped_handler(registry = self.registry)]
impl ServerHandler for Watched {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_resources()
            .enable_resources_subscribe();
        ServerConfig::new(capabilities.build())
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_are_decided_without_a_method_of_the_handler() {
    let entry = "journal://entries/1";
    let watched = Watched::default();
    watched.registry.add(ProtectedOperation::at_run_time(
        OperationKind::Resource,
        entry,
        Requirement::one(ScopeName::from_static("entries:read")),
    ));
    for mode in MODES {
        let site = Site::of(watched.clone(), mode);
        let listening = async |scopes: &str, uri: &str| {
            let (by, params) = (token("ada", scopes), listen(uri));
            let method = "subscriptions/listen";
            ask(&site, None, &by, "2026-07-28", method, &params).await
        };
        let message = listening("", entry).await;
        assert_eq!(message["error"]["code"], -31403, "{mode:?}: {message}");
        let message = listening("entries:read", "journal://entries/2").await;
        assert_eq!(message["error"]["code"], -32602, "{mode:?}: {message}");
        let message = listening("entries:read", entry).await;
        let acknowledged = "notifications/subscriptions/acknowledged";
        assert_eq!(message["method"], acknowledged, "{mode:?}: {message}");
    }
}
