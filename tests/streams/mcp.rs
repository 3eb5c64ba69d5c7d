//! Streams of MCP, over HTTP.

use std::time::{Duration, SystemTime};

use scopes_core::cache::CachedVerifier;
use scopes_core::jwt::{Issuer, JwtVerifier, JwtVerifierBuilder};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, Site as AuthorizationServer};
use serde_json::{Value, json};

use crate::site::{Seen, Site, WORK, protect, read, token, token_until};

const HOUR: Duration = Duration::from_secs(3600);
const LIFETIME: Duration = Duration::from_millis(1500);

fn builder() -> JwtVerifierBuilder {
    JwtVerifier::builder(RESOURCE).issuer(Issuer::new(ISSUER))
}

async fn verifier(
    builder: JwtVerifierBuilder,
    keys: &AuthorizationServer,
) -> CachedVerifier<JwtVerifier<AuthorizationServer>> {
    let verifier = builder.discover(keys.clone()).await;
    CachedVerifier::new(verifier.expect("keys are found"))
}

/// A site whose verifier takes no leeway, and its key.
async fn site() -> (Site, SigningKey) {
    let key = SigningKey::ed25519("1");
    let keys = AuthorizationServer::with_keys(&[&key]);
    let verifier = verifier(builder().leeway(Duration::ZERO), &keys).await;
    (Site::start(protect(verifier)).await, key)
}

fn listen(id: &Value) -> Value {
    let params = json!({ "notifications": { "toolsListChanged": true } });
    json!({ "jsonrpc": "2.0", "id": id, "method": "subscriptions/listen", "params": params })
}

fn export(id: &Value) -> Value {
    let params = json!({ "name": "export", "arguments": {}, "_meta": { "progressToken": 1 } });
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params })
}

/// Neither before nor long after.
fn ended_at(seen: &Seen, end: SystemTime) {
    let late = seen.ended_at.duration_since(end);
    let late = late.expect("the stream lasts as long as its token");
    assert!(late < Duration::from_secs(1), "{late:?} late");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_of_a_session_ends_with_its_token() {
    let (site, key) = site().await;
    let (token, end) = token(&key, LIFETIME);
    let session = site.open_session(&token).await;
    let seen = read(site.in_session("GET", &token, &session).await).await;
    ended_at(&seen, end);
    assert!(seen.messages.len() > 5, "{seen:?}");
    let is_change = |message: &&Value| message["method"] == "notifications/tools/list_changed";
    assert_eq!(seen.messages.iter().find(|it| !is_change(it)), None);
    // A new request is not allowed either, and the session goes on with a new token.
    let answer = site.in_session("GET", &token, &session).await;
    assert_eq!(answer.status(), 401);
    let (new, _) = crate::site::token(&key, HOUR);
    assert_eq!(site.in_session("GET", &new, &session).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_leeway_belongs_to_the_token() {
    let key = SigningKey::ed25519("1");
    let keys = AuthorizationServer::with_keys(&[&key]);
    // With all defaults, 30 seconds of leeway among them.
    let site = Site::start(protect(verifier(builder(), &keys).await)).await;
    let leeway = Duration::from_secs(30);
    let (long, _) = token(&key, HOUR);
    let session = site.open_session(&long).await;
    let (short, expires_at) = token_until(&key, SystemTime::now() - leeway + LIFETIME);
    let end = expires_at + leeway;
    let seen = read(site.in_session("GET", &short, &session).await).await;
    ended_at(&seen, end);
    assert!(seen.messages.len() > 5, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_in_a_session_is_resumed_with_a_new_token() {
    let (site, key) = site().await;
    let (short, end) = token(&key, LIFETIME);
    let session = site.open_session(&short).await;
    let call = site.post(&short, Some(&session), &export(&json!(7))).await;
    let seen = read(call).await;
    ended_at(&seen, end);
    // Nothing says that the call is over, for it is not.
    assert!(
        seen.messages.iter().all(|it| it["id"].is_null()),
        "{seen:?}"
    );
    let event_id = seen.event_id.expect("the stream can be resumed");
    let answer = site.resume(&short, &session, &event_id).await;
    assert_eq!(answer.status(), 401);
    let (new, _) = token(&key, HOUR);
    let seen = read(site.resume(&new, &session, &event_id).await).await;
    let last = seen.messages.last().expect("a message");
    assert_eq!(last["id"], 7, "{seen:?}");
    assert_eq!(last["result"]["content"][0]["text"], "exported", "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_a_session_ends_with_an_error() {
    let (site, key) = site().await;
    for id in [json!(7), json!("a \"7\"")] {
        let (token, end) = token(&key, LIFETIME);
        let seen = read(site.post_2026(&token, export(&id)).await).await;
        ended_at(&seen, end);
        let [progress, error] = &seen.messages[..] else {
            panic!("{seen:?}")
        };
        assert_eq!(progress["method"], "notifications/progress");
        assert_eq!(error["id"], id);
        assert_eq!(error["error"]["code"], -31403);
        let message = "invalid_token: The access token has expired.";
        assert_eq!(error["error"]["message"], message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_ends_gracefully() {
    let (site, key) = site().await;
    for id in [json!(1), json!("one"), json!("{\"\n\u{2028}\u{7f}")] {
        let (token, end) = token(&key, LIFETIME);
        let seen = read(site.post_2026(&token, listen(&id)).await).await;
        ended_at(&seen, end);
        let (last, before) = seen.messages.split_last().expect("messages");
        let result = json!({
            "resultType": "complete",
            "_meta": { "io.modelcontextprotocol/subscriptionId": id },
        });
        assert_eq!(
            last,
            &json!({ "jsonrpc": "2.0", "id": id, "result": result })
        );
        assert!(before.len() > 5, "{seen:?}");
        assert!(before.iter().all(|it| it["id"].is_null()), "{seen:?}");
        assert_eq!(site.post_2026(&token, listen(&id)).await.status(), 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_ends_in_time_is_answered() {
    let (site, key) = site().await;
    let (token, _) = token(&key, WORK + Duration::from_secs(5));
    let seen = read(site.post_2026(&token, export(&json!(7))).await).await;
    let last = seen.messages.last().expect("a message");
    assert_eq!(last["result"]["content"][0]["text"], "exported", "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_session() {
    let (site, key) = site().await;
    let (token, _) = token(&key, HOUR);
    let session = site.open_session(&token).await;
    let stream = site.in_session("GET", &token, &session).await;
    let reading = tokio::spawn(read(stream));
    tokio::time::sleep(Duration::from_millis(200)).await;
    let deleted_at = SystemTime::now();
    let answer = site.in_session("DELETE", &token, &session).await;
    assert!(answer.status().is_success(), "{answer:?}");
    let seen = reading.await.expect("no panic");
    ended_at(&seen, deleted_at);
    assert!(!seen.messages.is_empty());
    assert_eq!(site.in_session("GET", &token, &session).await.status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_with_the_key_of_their_token() {
    let (old, new) = (SigningKey::ed25519("1"), SigningKey::ed25519("2"));
    let keys = AuthorizationServer::with_keys(&[&old, &new]);
    let builder = builder().keys_lifetime(Duration::from_millis(300));
    let protect = protect(verifier(builder, &keys).await);
    let interval = Duration::from_millis(200);
    let site = Site::start(protect.stream_check_interval(interval)).await;
    let ((token, _), (other, _)) = (token(&old, HOUR), token(&new, HOUR));
    let session = site.open_session(&token).await;
    // No other request refreshes the keys.
    let stream = tokio::spawn(read(site.in_session("GET", &token, &session).await));
    let call = tokio::spawn(read(site.post_2026(&token, export(&json!(7))).await));
    let subscription = site.post_2026(&other, listen(&json!(8))).await;
    let subscription = tokio::spawn(read(subscription));
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(!stream.is_finished() && !call.is_finished());
    keys.publish_keys(&[&new]);
    let withdrawn_at = SystemTime::now();
    // A key that is gone is looked for once more, at most two seconds later.
    let seen = stream.await.expect("no panic");
    let late = seen.ended_at.duration_since(withdrawn_at);
    assert!(late.is_ok_and(|late| late < Duration::from_secs(4)));
    let seen = call.await.expect("no panic");
    let last = seen.messages.last().expect("a message");
    let message = "invalid_token: The access token is not valid.";
    assert_eq!(last["error"]["message"], message, "{seen:?}");
    assert!(!subscription.is_finished());
    subscription.abort();
}
