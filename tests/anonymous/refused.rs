//! What takes a token all the same: byte for byte the 401 of a server that admits nobody without one.

use http::Method;
use serde_json::{Value, json};

use crate::site::{Answer, NEWEST, Site, VERSIONS, call, hello, request};

pub(crate) const CHALLENGE: &str = "Bearer scope=\"profile\", resource_metadata=\"https://mcp.journal.example/.well-known/oauth-protected-resource/mcp\"";

/// The answer to a request without credentials.
async fn canonical() -> Answer {
    let answer = Site::closed().await.post(&[], &hello(NEWEST)).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.headers["www-authenticate"], CHALLENGE);
    assert!(answer.body.contains("missing_token"), "{answer:?}");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_public_takes_a_token() {
    let (site, canonical) = (Site::open().await, canonical().await);
    let task = json!({ "name": "about", "arguments": {}, "task": { "ttl": 1000 } });
    let completion = json!({
        "ref": { "type": "ref/prompt", "name": "sum_up" },
        "argument": { "name": "name", "value": "a" },
    });
    let guarded: Vec<(&str, Value)> = vec![
        ("tools/call", call("list_entries")),
        ("tools/call", call("browse")),
        ("tools/call", call("unknown")),
        ("tools/call", call("ABOUT")),
        ("tools/call", json!({})),
        ("tools/call", task),
        ("prompts/get", json!({ "name": "sum_up" })),
        ("prompts/get", json!({ "name": "about" })),
        ("resources/read", json!({ "uri": "journal://entries/1" })),
        ("resources/read", json!({ "uri": "journal://About" })),
        (
            "resources/subscribe",
            json!({ "uri": "journal://entries/1" }),
        ),
        ("resources/subscribe", json!({ "uri": "journal://about" })),
        ("resources/unsubscribe", json!({ "uri": "journal://about" })),
        (
            "resources/directory/read",
            json!({ "uri": "journal://about" }),
        ),
        ("subscriptions/listen", json!({})),
        (
            "subscriptions/listen",
            json!({ "notifications": { "resourceSubscriptions": ["journal://about"] } }),
        ),
        ("completion/complete", completion),
        ("logging/setLevel", json!({ "level": "debug" })),
        ("tasks/get", json!({ "taskId": "1" })),
        ("tasks/list", json!({})),
        ("tasks/cancel", json!({ "taskId": "1" })),
        ("journal/other", json!({})),
        ("notifications/initialized", json!({})),
    ];
    for version in VERSIONS {
        for (method, params) in &guarded {
            let answer = site.ask(version, method, params.clone()).await;
            assert_eq!(answer, canonical, "{version} {method} {params}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_single_request_takes_a_token() {
    let (site, canonical) = (Site::open().await, canonical().await);
    let about = request(NEWEST, "tools/call", call("about"));
    let padded = |length: usize| {
        let mut about = about.clone();
        about["params"]["arguments"]["padding"] = "a".into();
        let rest = length - about.to_string().len();
        about["params"]["arguments"]["padding"] = "a".repeat(rest + 1).into();
        about.to_string()
    };
    let limit = 64 * 1024;
    assert_eq!(padded(limit).len(), limit);
    let version = ("mcp-protocol-version", NEWEST);
    let headers = [version, ("mcp-method", "tools/call"), ("mcp-name", "about")];
    let answer = site.send(Method::POST, &headers, padded(limit)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let text = about.to_string();
    let notification = json!({ "jsonrpc": "2.0", "method": "tools/call", "params": call("about") });
    for body in [
        padded(limit + 1),
        padded(1 << 20),
        String::new(),
        "{".to_owned(),
        "null".to_owned(),
        format!("[{text}]"),
        format!("{text}{text}"),
        format!("\u{feff}{text}"),
        text.replace("\"name\"", "\"Name\""),
        text.replace("\"params\"", "\"Params\""),
        text.replace("\"id\":1", "\"id\":null"),
        text.replace("\"id\":1", "\"id\":1,\"id\":2"),
        text.replace(
            "\"name\":\"about\"",
            "\"name\":\"about\",\"name\":\"browse\"",
        ),
        text.replace("\"name\":\"about\"", "\"name\":\"about\",\"Task\":{}"),
        notification.to_string(),
        json!({ "jsonrpc": "2.0", "id": 1, "result": {} }).to_string(),
        json!({ "jsonrpc": "2.0", "method": "notifications/cancelled" }).to_string(),
        json!({ "jsonrpc": "2.0", "method": "notifications/roots/list_changed" }).to_string(),
    ] {
        let answer = site.send(Method::POST, &[version], body.clone()).await;
        assert_eq!(answer, canonical, "{body:.300}");
    }
    for contradiction in [
        ("mcp-method", "tools/list"),
        ("mcp-name", "browse"),
        ("content-encoding", "gzip"),
        ("last-event-id", "1"),
    ] {
        let headers = [version, contradiction];
        let answer = site.send(Method::POST, &headers, text.clone()).await;
        assert_eq!(answer, canonical, "{contradiction:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_and_other_methods_take_a_token() {
    let (site, canonical) = (Site::open().await, canonical().await);
    let own = site.open_session(None, "2025-11-25").await;
    let of_bob = site.open_session(Some("bob"), "2025-11-25").await;
    let version = ("mcp-protocol-version", "2025-11-25");
    for session in [None, Some(&own), Some(&of_bob)] {
        let mut headers = vec![version];
        headers.extend(session.map(|session| ("mcp-session-id", session.as_str())));
        for method in [Method::HEAD, Method::PUT, Method::PATCH] {
            let answer = site.send(method.clone(), &headers, "").await;
            assert_eq!(answer.status, 401, "{method} {headers:?}");
            assert_eq!(answer.headers, canonical.headers, "{method} {headers:?}");
        }
        let stream = site.send(Method::GET, &headers, "").await;
        if session == Some(&own) {
            // Every client opens a stream after the handshake, and would sign in on a 401.
            assert_eq!(stream.status, 405, "{stream:?}");
            assert_eq!(stream.headers["allow"], "POST, DELETE");
            let named = [headers.as_slice(), &[("last-event-id", "1")]].concat();
            assert_eq!(site.send(Method::GET, &named, "").await, canonical);
            assert_eq!(site.send(Method::GET, &headers, "{}").await, canonical);
        } else {
            assert_eq!(stream, canonical, "{headers:?}");
            let answer = site.send(Method::DELETE, &headers, "").await;
            assert_eq!(answer, canonical, "{headers:?}");
            let answer = site.post(&headers, &request("", "ping", json!({}))).await;
            let expected = if session.is_some() {
                401
            } else {
                answer.status.as_u16()
            };
            assert_eq!(answer.status, expected, "{answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_judged_by_themselves() {
    let (site, closed) = (Site::open().await, Site::closed().await);
    let about = request(NEWEST, "tools/call", call("about"));
    let of = |site: &Site, authorization: &'static str| {
        let (site, about) = (site.clone(), about.clone());
        async move {
            let headers = [
                ("mcp-protocol-version", NEWEST),
                ("mcp-method", "tools/call"),
                ("mcp-name", "about"),
                ("authorization", authorization),
            ];
            site.post(&headers, &about).await
        }
    };
    for (authorization, status) in [
        ("Bearer unknown", 401),
        ("Bearer ", 401),
        ("Bearer", 401),
        ("", 401),
        ("Basic Ym9iOmJvYg==", 401),
        ("DPoP bob", 401),
        ("Bearer bob bob", 400),
        ("Bearer bob", 200),
    ] {
        let answer = of(&site, authorization).await;
        let same = of(&closed, authorization).await;
        assert_eq!(answer.status, same.status, "{authorization:?}: {answer:?}");
        if status != 200 {
            assert_eq!(answer, same, "{authorization:?}");
            assert!(
                answer.status.is_client_error(),
                "{authorization:?}: {answer:?}"
            );
        }
    }
    let two = [
        ("mcp-protocol-version", NEWEST),
        ("authorization", "Bearer bob"),
        ("authorization", "Bearer bob"),
    ];
    assert_eq!(site.post(&two, &about).await.status, 400);
}
