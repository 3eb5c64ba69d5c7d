//! Sessions and tasks of users and clients that only the optional members of introspection answers
//! tell apart (RFC 7662 section 2.2), with a real introspection endpoint.

use std::collections::HashMap;
use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode};
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
use scopes_core::reqwest::ReqwestFetch;
use scopes_tests::faulty::{FaultyServer, Reply};
use scopes_tests::issuer::now_plus;
use serde_json::{Value, json};

use crate::site::{Mode, Site};

const ENDPOINT: &str = "/o/introspect/";

/// Tokens in groups, each of which is of one principal, with what their introspection answers say
/// beside `active`, `scope`, `exp` and `aud`.
fn groups() -> Vec<Vec<(&'static str, Value)>> {
    vec![
        // As django-oauth-toolkit answers about two users of one client.
        vec![
            ("ada", json!({ "client_id": "public", "username": "ada" })),
            (
                "ada-refreshed",
                json!({ "client_id": "public", "username": "ada" }),
            ),
        ],
        vec![("bob", json!({ "client_id": "public", "username": "bob" }))],
        vec![(
            "ada-of-other",
            json!({ "client_id": "other", "username": "ada" }),
        )],
        vec![(
            "like-client",
            json!({ "client_id": "public", "username": "public" }),
        )],
        // The same characters, divided between two claims in two ways.
        vec![("boundary-1", json!({ "client_id": "a", "username": "bc" }))],
        vec![("boundary-2", json!({ "client_id": "ab", "username": "c" }))],
        // As it answers about a client's own token, and what is as good as no user name.
        vec![
            ("machine", json!({ "client_id": "machine" })),
            (
                "machine-sub",
                json!({ "client_id": "machine", "sub": "machine" }),
            ),
            (
                "machine-empty",
                json!({ "client_id": "machine", "username": "" }),
            ),
            (
                "machine-null",
                json!({ "client_id": "machine", "username": null }),
            ),
            (
                "machine-number",
                json!({ "client_id": "machine", "username": 7 }),
            ),
        ],
        vec![("public-client", json!({ "client_id": "public" }))],
        vec![(
            "of-machine",
            json!({
                "client_id": "machine", "sub": "machine", "username": "ada",
            }),
        )],
        // Users that `sub` names.
        vec![
            ("sub", json!({ "client_id": "public", "sub": "ada" })),
            (
                "sub-of-other",
                json!({ "client_id": "other", "sub": "ada" }),
            ),
            (
                "sub-with-name",
                json!({ "client_id": "public", "sub": "ada", "username": "bob" }),
            ),
            ("sub-alone", json!({ "sub": "ada" })),
        ],
        vec![(
            "sub-like-client",
            json!({ "client_id": "public", "sub": "machine" }),
        )],
        // Tokens that name nobody.
        vec![("nameless", json!({}))],
        vec![("nameless-refreshed", json!({}))],
        vec![("username-alone", json!({ "username": "ada" }))],
    ]
}

fn authorization_server() -> FaultyServer {
    let server = FaultyServer::start();
    let answers: HashMap<_, _> = groups().into_iter().flatten().collect();
    let reply = Reply::by(move |request| {
        let token = request.field("token").unwrap_or_default();
        let Some(named) = answers.get(&*token) else {
            return Reply::json(&json!({ "active": false }));
        };
        let mut answer = json!({
            "active": true,
            "scope": "entries:read",
            "exp": now_plus(600),
            "aud": ["http://localhost/mcp"],
        });
        let members = named.as_object().expect("an object").clone();
        answer.as_object_mut().expect("an object").extend(members);
        Reply::json(&answer)
    });
    server.reply(ENDPOINT, reply);
    server
}

fn site(server: &FaultyServer, mode: Mode, remembered_for: Duration) -> Site {
    let client = ClientAuthentication::secret_basic("resource", "secret");
    let verifier = IntrospectionVerifier::builder("http://localhost/mcp", client)
        .issuer(server.url("/o"))
        .endpoint(server.url(ENDPOINT))
        .max_age(remembered_for)
        .build(ReqwestFetch::new().expect("TLS"));
    Site::with_verifier(mode, verifier.expect("valid settings"))
}

async fn status(site: &Site, method: &str, token: &str, session: &str) -> StatusCode {
    let request = Request::builder()
        .method(method)
        .uri("/mcp")
        .header("host", "localhost")
        .header("accept", "text/event-stream")
        .header("authorization", format!("Bearer {token}"))
        .header("mcp-session-id", session)
        .header("mcp-protocol-version", "2025-11-25");
    let request = request.body(Body::empty()).expect("a request");
    site.send(request).await.status
}

const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"open"}}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_used_by_tokens_of_its_principal_alone() {
    let server = authorization_server();
    let groups = groups();
    for (place, group) in groups.iter().enumerate() {
        let site = site(&server, Mode::Session, Duration::from_secs(60));
        let session = site.open_session(group[0].0, "2025-11-25").await;
        let headers = [("mcp-session-id", &*session)];
        for (other_place, other) in groups.iter().enumerate() {
            for (token, _) in other {
                let answer = site.post(Some(token), &headers, CALL).await;
                let case = format!("{token} in the session of {}: {answer:?}", group[0].0);
                let is_its = place == other_place;
                assert_eq!(answer.status, if is_its { 200 } else { 404 }, "{case}");
                assert_eq!(site.journal.executed().len(), usize::from(is_its), "{case}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_users_whom_only_a_username_tells_apart_share_nothing() {
    let server = authorization_server();
    let site = site(&server, Mode::Session, Duration::from_secs(60));
    let session = site.open_session("ada", "2025-11-25").await;
    for method in ["GET", "DELETE"] {
        assert_eq!(
            status(&site, method, "bob", &session).await,
            404,
            "{method}"
        );
    }
    assert_eq!(status(&site, "GET", "ada-refreshed", &session).await, 200);
    let ended = status(&site, "DELETE", "ada", &session).await;
    assert!(ended.is_success(), "{ended}");
    assert_eq!(status(&site, "GET", "ada", &session).await, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_used_by_tokens_of_its_principal_alone() {
    let message = |method: &str, mut params: Value| {
        let tasks = json!({ "extensions": { "io.modelcontextprotocol/tasks": {} } });
        params["_meta"] = json!({ "io.modelcontextprotocol/clientCapabilities": tasks });
        json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string()
    };
    let start = message("tools/call", json!({ "name": "export", "arguments": {} }));
    let get = message("tasks/get", json!({ "taskId": "task-1" }));
    let server = authorization_server();
    let groups = groups();
    let headers = [("mcp-protocol-version", "2025-11-25")];
    for (place, group) in groups.iter().enumerate() {
        let site = site(&server, Mode::StatelessJson, Duration::from_secs(60));
        let started = site.post(Some(group[0].0), &headers, start.clone()).await;
        assert_eq!(
            started.message()["result"]["taskId"],
            "task-1",
            "{started:?}"
        );
        for (other_place, other) in groups.iter().enumerate() {
            for (token, _) in other {
                let answer = site.post(Some(token), &headers, get.clone()).await;
                let case = format!("{token} and the task of {}: {answer:?}", group[0].0);
                let is_found = answer.message()["result"]["taskId"] == "task-1";
                assert_eq!(is_found, place == other_place, "{case}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_names_nobody_keeps_its_session_until_it_is_refreshed() {
    let server = authorization_server();
    // The answer is remembered, or asked for anew each time.
    for remembered_for in [Duration::from_secs(60), Duration::ZERO] {
        let site = site(&server, Mode::Session, remembered_for);
        let session = site.open_session("nameless", "2025-11-25").await;
        let headers = [("mcp-session-id", &*session)];
        for _ in 0..3 {
            let answer = site.post(Some("nameless"), &headers, CALL).await;
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        assert_eq!(site.journal.executed().len(), 3);
        for token in ["nameless-refreshed", "username-alone", "ada", "machine"] {
            let answer = site.post(Some(token), &headers, CALL).await;
            assert_eq!(answer.status, 404, "{token}: {answer:?}");
        }
        assert_eq!(status(&site, "GET", "nameless", &session).await, 200);
        assert!(
            status(&site, "DELETE", "nameless", &session)
                .await
                .is_success()
        );
    }
}
