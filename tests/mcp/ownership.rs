//! Sessions and tasks belong to who opened or started them.

use axum::body::Body;
use http::Request;
use serde_json::json;

use crate::site::{Answer, Mode, Site, token};

async fn without_body(site: &Site, method: &str, by: &str, session: &str) -> Answer {
    without_body_in(site, method, Some(by), session, "2025-11-25").await
}

async fn without_body_in(
    site: &Site,
    method: &str,
    by: Option<&str>,
    session: &str,
    version: &str,
) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri("/mcp")
        .header("host", "localhost")
        .header("accept", "text/event-stream")
        .header("mcp-session-id", session)
        .header("mcp-protocol-version", version);
    let request = match by {
        Some(by) => request.header("authorization", format!("Bearer {by}")),
        None => request,
    };
    site.send(request.body(Body::empty()).expect("a request"))
        .await
}

/// What a token grants is of no account for a session's stream and its end; whose it is, is.
#[tokio::test(flavor = "multi_thread")]
async fn streams_and_ends_of_sessions_for_every_caller() {
    for version in ["2025-03-26", "2025-06-18", "2025-11-25"] {
        for method in ["GET", "DELETE"] {
            for (subject, scopes, status) in [
                (None, "", 401),
                (Some("ada"), "", 200),
                (Some("ada"), "analytics:view", 200),
                (Some("ada"), "entries:write", 200),
                (Some("ada"), "entries:read", 200),
                (Some("bob"), "", 404),
                (Some("bob"), "entries:read", 404),
            ] {
                let site = Site::new(Mode::Session);
                let session = site.open_session(&token("ada", ""), version).await;
                let by = subject.map(|subject| token(subject, scopes));
                let answer = without_body_in(&site, method, by.as_deref(), &session, version).await;
                let case = format!("{version} {method} {subject:?} {scopes}: {answer:?}");
                if status == 200 {
                    assert!(answer.status.is_success(), "{case}");
                } else {
                    assert_eq!(answer.status, status, "{case}");
                }
                assert_eq!(answer.challenge().is_some(), status == 401, "{case}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_its_principals() {
    let site = Site::new(Mode::Session);
    let (ada, bob) = (token("ada", ""), token("bob", "entries:read"));
    let session = site.open_session(&ada, "2025-11-25").await;
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"open"}}"#;
    let of_session = [("mcp-session-id", &*session)];

    for method in ["GET", "DELETE"] {
        assert_eq!(
            without_body(&site, method, &bob, &session).await.status,
            404
        );
    }
    let stolen = site.post(Some(&bob), &of_session, call).await;
    assert_eq!(stolen.status, 404, "{stolen:?}");
    assert_eq!(stolen.challenge(), None);
    assert_eq!(site.journal.executed(), Vec::<String>::new());

    // Nobody has been harmed, and another token of the same user will do.
    let more = token("ada", "entries:read");
    assert_eq!(site.post(Some(&more), &of_session, call).await.status, 200);
    assert_eq!(site.journal.executed(), ["open"]);
    assert_eq!(without_body(&site, "GET", &ada, &session).await.status, 200);
    let no_token = Request::get("/mcp").header("mcp-session-id", &session);
    let answer = site
        .send(no_token.body(Body::empty()).expect("a request"))
        .await;
    assert_eq!(answer.status, 401);

    let two = [("mcp-session-id", &*session), ("mcp-session-id", "other")];
    assert_eq!(site.post(Some(&ada), &two, call).await.status, 404);
    let unknown = [("mcp-session-id", "unknown")];
    assert_eq!(site.post(Some(&ada), &unknown, call).await.status, 404);

    let resumed = Request::get("/mcp")
        .header("authorization", format!("Bearer {ada}"))
        .header("accept", "text/event-stream")
        .header("last-event-id", "0/0");
    let answer = site
        .send(resumed.body(Body::empty()).expect("a request"))
        .await;
    assert_eq!(answer.status, 400);

    assert!(
        without_body(&site, "DELETE", &ada, &session)
            .await
            .status
            .is_success()
    );
    assert_eq!(without_body(&site, "GET", &ada, &session).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_its_principals() {
    let meta = json!({ "io.modelcontextprotocol/clientCapabilities": {
        "extensions": { "io.modelcontextprotocol/tasks": {} } } });
    let message = |method: &str, mut params: serde_json::Value| {
        params["_meta"] = meta.clone();
        json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string()
    };
    let export = message("tools/call", json!({ "name": "export", "arguments": {} }));
    let get = message("tasks/get", json!({ "taskId": "task-1" }));
    for mode in [Mode::Session, Mode::StatelessStream, Mode::StatelessJson] {
        let site = Site::new(mode);
        let (ada, bob) = (token("ada", "entries:read"), token("bob", "entries:read"));
        let version = "2025-11-25";
        let mut of_ada = vec![("mcp-protocol-version", version)];
        let mut of_bob = of_ada.clone();
        let (first, second);
        if mode == Mode::Session {
            (first, second) = (
                site.open_session(&ada, version).await,
                site.open_session(&bob, version).await,
            );
            of_ada.push(("mcp-session-id", &first));
            of_bob.push(("mcp-session-id", &second));
        }
        let started = site.post(Some(&ada), &of_ada, export.clone()).await;
        assert_eq!(
            started.message()["result"]["taskId"],
            "task-1",
            "{started:?}"
        );
        assert_eq!(site.journal.executed(), ["export"]);

        let foreign = site.post(Some(&bob), &of_bob, get.clone()).await;
        let unknown = site
            .post(Some(&bob), &of_bob, get.replace("task-1", "task-9"))
            .await;
        assert_eq!(foreign.status, 200);
        assert_eq!(foreign.message()["error"]["code"], -32602, "{foreign:?}");
        assert_eq!(foreign.body, unknown.body);
        assert_eq!(site.journal.executed(), Vec::<String>::new());

        let less = token("ada", "analytics:view");
        let refused = site.post(Some(&less), &of_ada, get.clone()).await;
        assert_eq!(refused.status, 403, "{refused:?}");
        assert!(
            refused
                .challenge()
                .is_some_and(|it| it.contains("entries:read"))
        );
        let found = site.post(Some(&ada), &of_ada, get.clone()).await;
        assert_eq!(found.message()["result"]["taskId"], "task-1", "{found:?}");
        assert_eq!(site.journal.executed(), ["get task-1"]);

        // That a tool speaks of a task does not start one.
        let talk = message("tools/call", json!({ "name": "export" }));
        assert_eq!(site.post(Some(&ada), &of_ada, talk).await.status, 200);
        let told = site
            .post(Some(&ada), &of_ada, get.replace("task-1", "task-2"))
            .await;
        assert_eq!(told.message()["error"]["code"], -32602);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_denied_in_the_words_of_the_version() {
    let task = json!({ "taskId": "task-9" });
    let none = json!({});
    let (older, newer) = ("2025-11-25", "2026-07-28");
    for (method, params, version, declared, status, code) in [
        ("tasks/get", &task, newer, true, 200, -32602),
        ("tasks/get", &task, newer, false, 400, -32021),
        ("tasks/update", &task, newer, false, 400, -32021),
        ("tasks/cancel", &task, newer, false, 400, -32021),
        ("tasks/result", &task, newer, true, 404, -32601),
        ("tasks/list", &none, newer, true, 404, -32601),
        ("resources/subscribe", &none, newer, true, 404, -32601),
        ("resources/unsubscribe", &none, newer, true, 404, -32601),
        ("tasks/get", &task, older, false, 200, -32602),
        ("tasks/result", &task, older, true, 200, -32602),
        ("tasks/list", &none, older, true, 200, -32601),
        ("resources/subscribe", &none, older, true, 400, -32602),
    ] {
        let extensions = if declared {
            json!({ "io.modelcontextprotocol/tasks": {} })
        } else {
            none.clone()
        };
        let mut params = params.clone();
        params["_meta"] =
            json!({ "io.modelcontextprotocol/clientCapabilities": { "extensions": extensions } });
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        for mode in [Mode::StatelessStream, Mode::StatelessJson] {
            let site = Site::new(mode);
            let headers = [("mcp-protocol-version", version)];
            let ada = token("ada", "entries:read");
            let answer = site.post(Some(&ada), &headers, body.to_string()).await;
            let case = format!("{method} in {version}: {answer:?}");
            assert_eq!(answer.status, status, "{case}");
            assert_eq!(answer.message()["error"]["code"], code, "{case}");
            assert_eq!(answer.message()["id"], 1, "{case}");
            let needed = &answer.message()["error"]["data"]["requiredCapabilities"];
            let tasks = &needed["extensions"]["io.modelcontextprotocol/tasks"];
            assert_eq!(tasks.is_object(), code == -32021, "{case}");
            assert_eq!(site.journal.executed(), Vec::<String>::new(), "{case}");
        }
    }
}
