//! What is open to callers without a token, in every version.

use serde_json::{Value, json};

use crate::site::{NEWEST, Site, VERSIONS, call, hello};

/// Requests that are open, and what their answers contain.
fn open(version: &str) -> Vec<(&'static str, Value, &'static str)> {
    let mut open = vec![
        ("tools/call", call("about"), "a journal"),
        ("prompts/get", json!({ "name": "greet" }), "hello"),
        (
            "resources/read",
            json!({ "uri": "journal://about" }),
            "a journal",
        ),
        ("journal/version", json!({}), "version"),
        ("tools/list", json!({}), "about"),
        ("prompts/list", json!({}), "greet"),
        ("resources/list", json!({}), "journal://about"),
        ("resources/templates/list", json!({}), "resourceTemplates"),
        (
            "completion/complete",
            json!({
                "ref": { "type": "ref/prompt", "name": "greet" },
                "argument": { "name": "name", "value": "a" },
            }),
            "completion",
        ),
    ];
    open.push(match version {
        NEWEST => ("server/discover", json!({}), "capabilities"),
        _ => ("ping", json!({}), "result"),
    });
    open
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_public_is_open_in_every_version() {
    let site = Site::open().await;
    for version in VERSIONS {
        for (method, params, contained) in open(version) {
            let answer = site.ask(version, method, params).await;
            assert_eq!(answer.status, 200, "{version} {method}: {answer:?}");
            let result = answer.message()["result"].to_string();
            let is_named = contained == "result" || result.contains(contained);
            assert!(is_named, "{version} {method}: {answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_takes_a_token_by_default() {
    let (open_site, closed) = (Site::open().await, Site::closed().await);
    for version in VERSIONS {
        let refused = closed.post(&[], &hello(version)).await;
        assert_eq!(refused.status, 401);
        for (method, params, _) in open(version) {
            let answer = closed
                .ask_in(None, &[], version, method, params.clone())
                .await;
            assert_eq!(answer, refused, "{version} {method}");
            // With a token, it is as open as before.
            let bob = [("authorization", "Bearer bob")];
            for site in [&open_site, &closed] {
                let session = match version {
                    NEWEST => None,
                    _ => Some(site.open_session(Some("bob"), version).await),
                };
                let params = params.clone();
                let answer = site.ask_in(session.as_deref(), &bob, version, method, params);
                assert_eq!(answer.await.status, 200, "{version} {method}");
            }
        }
    }
}

/// As a program does in which admitting callers without a token is an option.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_can_require_a_token_whatever_its_handler_admits() {
    let site = Site::of(crate::site::open().require_token()).await;
    for version in VERSIONS {
        assert_eq!(site.post(&[], &hello(version)).await.status, 401);
        for (method, params, _) in open(version) {
            let answer = site.ask_in(None, &[], version, method, params).await;
            assert_eq!(answer.status, 401, "{version} {method}: {answer:?}");
        }
    }
    let ada = [("authorization", "Bearer ada")];
    let answer = site.ask_in(None, &ada, NEWEST, "tools/call", call("about"));
    assert_eq!(answer.await.status, 200);
}
