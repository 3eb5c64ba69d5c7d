//! Sessions that are opened without a token: whose they are, how many there are, and for how long.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use serde_json::json;

use crate::site::{Site, call, hello, open};

const VERSION: &str = "2025-11-25";
const ADA: (&str, &str) = ("authorization", "Bearer ada");
const ADA_AGAIN: (&str, &str) = ("authorization", "Bearer ada-again");
const BOB: (&str, &str) = ("authorization", "Bearer bob");

impl Site {
    /// The status of a call in the session.
    async fn calls(&self, session: &str, by: Option<(&str, &str)>, tool: &str) -> u16 {
        let by: Vec<_> = by.into_iter().collect();
        let answer = self.ask_in(Some(session), &by, VERSION, "tools/call", call(tool));
        answer.await.status.as_u16()
    }

    async fn ends(&self, session: &str, by: Option<(&str, &str)>) -> u16 {
        let mut headers = vec![
            ("mcp-session-id", session),
            ("mcp-protocol-version", VERSION),
        ];
        headers.extend(by);
        let answer = self.send(Method::DELETE, &headers, "").await;
        answer.status.as_u16()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_valid_token_adopts_a_session() {
    let site = Site::open().await;
    let session = site.open_session(None, VERSION).await;
    assert_eq!(site.calls(&session, None, "about").await, 200);
    // A token that is not valid adopts nothing.
    let unknown = ("authorization", "Bearer unknown");
    assert_eq!(site.calls(&session, Some(unknown), "about").await, 401);
    assert_eq!(site.calls(&session, None, "about").await, 200);
    // One that is valid does, whatever becomes of its request.
    assert_eq!(site.calls(&session, Some(ADA), "list_entries").await, 403);
    for tool in ["about", "list_entries"] {
        assert_eq!(site.calls(&session, None, tool).await, 401, "{tool}");
        assert_eq!(site.calls(&session, Some(BOB), tool).await, 404, "{tool}");
    }
    assert_eq!(site.calls(&session, Some(ADA), "about").await, 200);
    assert_eq!(site.calls(&session, Some(ADA_AGAIN), "browse").await, 200);
    assert_eq!(site.ends(&session, None).await, 401);
    assert_eq!(site.ends(&session, Some(BOB)).await, 404);
    assert_eq!(site.calls(&session, Some(ADA), "about").await, 200);
    let ended = site.ends(&session, Some(ADA)).await;
    assert!((200..300).contains(&ended), "{ended}");
    assert_eq!(site.calls(&session, Some(ADA), "about").await, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_tokens_at_once_one_adopts_it() {
    let site = Site::open().await;
    for _ in 0..20 {
        let session = site.open_session(None, VERSION).await;
        let (ada, bob) = tokio::join!(
            site.calls(&session, Some(ADA), "about"),
            site.calls(&session, Some(BOB), "about"),
        );
        let mut statuses = [ada, bob];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 404]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_of_principals_stay_theirs() {
    let (site, other) = (Site::open().await, Site::open().await);
    let of_bob = site.open_session(Some("bob"), VERSION).await;
    assert_eq!(site.calls(&of_bob, None, "about").await, 401);
    assert_eq!(site.calls(&of_bob, Some(ADA), "about").await, 404);
    assert_eq!(site.calls(&of_bob, Some(BOB), "about").await, 200);
    // Nor is one opened by what looks like an id of a session.
    let own = site.open_session(None, VERSION).await;
    let (raw, tag) = own.rsplit_once('.').expect("a tag");
    let (_, tag_of_bob) = of_bob.rsplit_once('.').expect("a tag");
    for forged in [
        raw.to_owned(),
        format!("{raw}.{tag_of_bob}"),
        format!("{raw}.{}", "A".repeat(tag.len())),
        format!("{own}A"),
        String::new(),
    ] {
        assert_eq!(site.calls(&forged, None, "about").await, 401, "{forged}");
        assert_eq!(
            site.calls(&forged, Some(ADA), "about").await,
            404,
            "{forged}"
        );
    }
    assert_eq!(other.calls(&own, None, "about").await, 401);
    assert_eq!(other.calls(&own, Some(ADA), "about").await, 404);
    let twice = [
        ("mcp-session-id", &*own),
        ("mcp-session-id", &*own),
        ("mcp-protocol-version", VERSION),
    ];
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    assert_eq!(site.post(&twice, &ping).await.status, 401);
    assert_eq!(site.calls(&own, None, "about").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_bounded_in_number() {
    let limited = open().gate(|gate| gate.max_anonymous_sessions(2));
    let site = Site::of(limited).await;
    let first = site.open_session(None, VERSION).await;
    let second = site.open_session(None, VERSION).await;
    let refused = site.post(&[], &hello(VERSION)).await;
    assert_eq!(refused.status, 401, "{refused:?}");
    assert!(refused.headers.contains_key("www-authenticate"));
    assert_eq!(refused.session(), None);
    // Those that are open go on, and a token opens others.
    assert_eq!(site.calls(&first, None, "about").await, 200);
    for _ in 0..3 {
        site.open_session(Some("bob"), VERSION).await;
    }
    // One that is adopted or has ended makes room.
    assert_eq!(site.calls(&first, Some(ADA), "about").await, 200);
    site.open_session(None, VERSION).await;
    assert_eq!(site.post(&[], &hello(VERSION)).await.status, 401);
    let ended = site.ends(&second, None).await;
    assert!((200..300).contains(&ended), "{ended}");
    assert_eq!(site.calls(&second, None, "about").await, 404);
    site.open_session(None, VERSION).await;
    assert_eq!(site.post(&[], &hello(VERSION)).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_open_none_take_no_room() {
    let limited = open().gate(|gate| gate.max_anonymous_sessions(1));
    let site = Site::of(limited).await;
    for _ in 0..3 {
        // Unlike a handshake, this is refused by the server itself.
        let bad = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {} });
        let answer = site.post(&[], &bad).await;
        assert_eq!(answer.session(), None, "{answer:?}");
    }
    site.open_session(None, VERSION).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_session_expires() {
    let timeout = Duration::from_millis(1500);
    let limited = open().gate(move |gate| {
        let gate = gate.anonymous_session_timeout(timeout);
        gate.max_anonymous_sessions(2)
    });
    let site = Site::of(limited).await;
    let used = site.open_session(None, VERSION).await;
    let adopted = site.open_session(None, VERSION).await;
    assert_eq!(site.calls(&adopted, Some(ADA), "about").await, 200);
    let idle = site.open_session(None, VERSION).await;
    for _ in 0..4 {
        tokio::time::sleep(timeout / 3).await;
        assert_eq!(site.calls(&used, None, "about").await, 200);
    }
    // Its room is free again, and no token adopts it any more.
    site.open_session(None, VERSION).await;
    assert_eq!(site.calls(&idle, None, "about").await, 404);
    assert_eq!(site.calls(&idle, Some(ADA), "about").await, 404);
    assert_eq!(site.calls(&adopted, Some(ADA), "about").await, 200);
    assert_eq!(site.calls(&adopted, None, "about").await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_the_server_has_ended_makes_room() {
    let mut sessions = LocalSessionManager::default();
    sessions.session_config.keep_alive = Some(Duration::from_millis(300));
    let limited = open().gate(|gate| gate.max_anonymous_sessions(1));
    let site = Site::of(limited.session_manager(Arc::new(sessions))).await;
    let session = site.open_session(None, VERSION).await;
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert_eq!(site.post(&[], &hello(VERSION)).await.status, 401);
    assert_eq!(site.calls(&session, None, "about").await, 404);
    let again = site.open_session(None, VERSION).await;
    assert_eq!(site.calls(&again, None, "about").await, 200);
}
