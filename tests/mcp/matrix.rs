//! Every row of the method table, for every caller, version and way of answering. What is expected
//! comes from one table.

use serde_json::{Value, json};

use crate::methods::{self, ALL, ENTRIES, Requires, Row};
use crate::methods_by_argument::{self, BINDER};
use crate::site::{Mode, Site, token};

#[derive(Clone, Copy, Debug)]
enum Who {
    NoToken,
    NoScope,
    WrongScope,
    ImpliedScope,
    RightScope,
}

impl Row {
    /// What `who` presents, and the status of the answer.
    fn expected(&self, who: Who) -> (Option<&'static str>, u16) {
        let (named, implied_by, wrong) = match self.requires {
            Requires::Token => ("entries:read", "entries:write", "analytics:view"),
            Requires::Argument => ("binders:1:read", "binders:1:write", "binders:2:read"),
            Requires::Scopes {
                named,
                implied_by,
                wrong,
            } => (named, implied_by, wrong),
        };
        let (refused, answered) = match self.requires {
            Requires::Token | Requires::Argument => (200, 200),
            Requires::Scopes { .. } => (403, 200),
        };
        match who {
            Who::NoToken => (None, 401),
            Who::NoScope => (Some(""), refused),
            Who::WrongScope => (Some(wrong), refused),
            Who::ImpliedScope => (Some(implied_by), answered),
            Who::RightScope => (Some(named), answered),
        }
    }
}

impl Row {
    /// Returns the scopes in the challenge: those that the token grants, then the missing one.
    fn challenged(&self, who: Who) -> String {
        let Requires::Scopes { named, wrong, .. } = self.requires else {
            unreachable!("no scope is required");
        };
        match who {
            Who::WrongScope => format!("{wrong} {named}"),
            _ => named.to_owned(),
        }
    }
}

fn parameters(row: &Row, version: &str) -> Value {
    let mut params = row.params.clone();
    if row.method == "initialize" {
        params["protocolVersion"] = version.into();
    }
    let mut meta = json!({
        "io.modelcontextprotocol/clientCapabilities": {
            "extensions": { "io.modelcontextprotocol/tasks": {} },
        },
    });
    if version == "2026-07-28" {
        meta["io.modelcontextprotocol/protocolVersion"] = version.into();
        meta["io.modelcontextprotocol/clientInfo"] = json!({ "name": "test", "version": "1" });
    }
    params["_meta"] = meta;
    params
}

fn named(method: &str, params: &Value) -> Option<String> {
    let member = match method {
        "tools/call" | "prompts/get" => "name",
        method if method.starts_with("tasks/") => "taskId",
        method if method.starts_with("resources/") || method.starts_with("skills/") => "uri",
        _ => return None,
    };
    params[member].as_str().map(str::to_owned)
}

async fn ask(
    site: &Site,
    token: Option<&str>,
    session: Option<&str>,
    version: &str,
    method: &str,
    params: Value,
) -> crate::site::Answer {
    let name = named(method, &params);
    let mut body = json!({ "jsonrpc": "2.0", "id": "a\u{e9}", "method": method, "params": params });
    if method.starts_with("notifications/") {
        body.as_object_mut().expect("an object").remove("id");
    }
    // Sessions are opened outside of them.
    let session = session.filter(|_| method != "initialize");
    let mut headers = vec![("mcp-protocol-version", version)];
    headers.extend(session.map(|session| ("mcp-session-id", session)));
    if version == "2026-07-28" {
        headers.push(("mcp-method", method));
        headers.extend(name.as_deref().map(|name| ("mcp-name", name)));
    }
    site.post(token, &headers, body.to_string()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_for_every_caller() {
    let mut cells = 0;
    for version in ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"] {
        for mode in [Mode::Session, Mode::StatelessStream, Mode::StatelessJson] {
            let site = Site::new(mode);
            let sessions = mode == Mode::Session && version != "2026-07-28";
            let mut session = None;
            if sessions {
                session = Some(site.open_session(&token("ada", ""), version).await);
            }
            let rows = methods::rows()
                .into_iter()
                .chain(methods_by_argument::rows());
            for row in rows.filter(|row| (row.versions)(version)) {
                if row.method.starts_with("tasks/") {
                    let task = row.params["taskId"].as_str().expect("a task");
                    let (params, requires, by) = if task == "task-of-binder" {
                        let arguments = json!({ "binder": "1" });
                        let call = json!({ "name": "export_binder", "arguments": arguments });
                        (call, BINDER, "binders:1:read")
                    } else {
                        let call = json!({ "name": "export", "arguments": {} });
                        (call, ENTRIES, "entries:read")
                    };
                    let export = Row {
                        method: "tools/call",
                        params,
                        requires,
                        executes: None,
                        versions: ALL,
                    };
                    let params = parameters(&export, version);
                    let by = token("ada", by);
                    let started = ask(
                        &site,
                        Some(&by),
                        session.as_deref(),
                        version,
                        export.method,
                        params,
                    )
                    .await;
                    assert_eq!(started.message()["result"]["taskId"], task, "{started:?}");
                }
                for who in [
                    Who::NoToken,
                    Who::NoScope,
                    Who::WrongScope,
                    Who::ImpliedScope,
                    Who::RightScope,
                ] {
                    site.journal.executed();
                    let (scopes, status) = row.expected(who);
                    let by = scopes.map(|scopes| token("ada", scopes));
                    let params = parameters(&row, version);
                    let answer = ask(
                        &site,
                        by.as_deref(),
                        session.as_deref(),
                        version,
                        row.method,
                        params,
                    )
                    .await;
                    let cell = format!(
                        "{version} {mode:?} {} {} {who:?}: {answer:?}",
                        row.method, row.params
                    );
                    let executed = site.journal.executed();
                    cells += 1;
                    if status == 200 && row.method.starts_with("notifications/") {
                        assert_eq!(answer.status, 202, "{cell}");
                        continue;
                    }
                    if matches!(row.requires, Requires::Argument) && status == 200 {
                        assert_eq!(executed, Vec::<String>::new(), "{cell}");
                        assert_eq!(answer.status, 200, "in band: {cell}");
                        assert_eq!(answer.challenge(), None, "{cell}");
                        // The template matches no such URI, and older versions have a code for that.
                        let is_uri = row.method == "resources/read" && version != "2026-07-28";
                        let code = if is_uri { -32002 } else { -32602 };
                        assert_eq!(answer.message()["error"]["code"], code, "{cell}");
                        continue;
                    }
                    if status == 200 {
                        let message = answer.message();
                        let unknown = row.params.to_string().contains("unknown");
                        assert_eq!(message["error"].is_object(), unknown, "{cell}");
                        assert!(unknown || message["result"].is_object(), "{cell}");
                        // What nobody serves is the server's to answer.
                        assert!(!matches!(answer.status.as_u16(), 401 | 403), "{cell}");
                        assert_eq!(answer.challenge(), None, "{cell}");
                        if let Some(executes) = row.executes {
                            assert_eq!(executed, [executes], "{cell}");
                            assert_eq!(answer.status, 200, "{cell}");
                        }
                        continue;
                    }
                    assert_eq!(executed, Vec::<String>::new(), "{cell}");
                    assert_eq!(answer.status, status, "{cell}");
                    let challenge = answer.challenge().expect("a challenge");
                    if status == 403 {
                        assert!(challenge.contains("error=\"insufficient_scope\""), "{cell}");
                        let message = answer.message();
                        assert_eq!(message["id"], "a\u{e9}", "{cell}");
                        assert_eq!(message["error"]["code"], -31403, "{cell}");
                        let scope = row.challenged(who);
                        assert_eq!(message["error"]["data"]["scope"], scope, "{cell}");
                        assert!(challenge.contains(&format!(" scope=\"{scope}\"")), "{cell}");
                    }
                }
            }
        }
    }
    println!("{cells} cells");
    assert!(cells > 1000, "{cells}");
}
