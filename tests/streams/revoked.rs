//! Streams end with a revocation of their token, with the settings that a server has by default.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::future::join_all;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use scopes_core::cache::CachedVerifier;
use scopes_core::jwt::{Issuer, JwtVerifier};
use scopes_core::revocation::{Revocation, Revocations};
use scopes_core::testing::StaticVerifier;
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, Site as AuthorizationServer, claims};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};

use crate::bodies::Talk;
use crate::site::{Seen, Site, protect, read};

const SECOND: Duration = Duration::from_secs(1);

/// A site, the key of its tokens, and its revocations.
async fn site() -> (Site, SigningKey, Revocations) {
    let key = SigningKey::ed25519("1");
    let keys = AuthorizationServer::with_keys(&[&key]);
    let builder = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(ISSUER));
    let verifier = builder.discover(keys).await.expect("keys are found");
    let revocations = Revocations::new();
    let protect = protect(CachedVerifier::new(verifier)).revocations(&revocations);
    (Site::start(protect).await, key, revocations)
}

fn token(key: &SigningKey, subject: &str) -> String {
    let mut claims = claims();
    claims["sub"] = subject.into();
    key.sign(&key.header(), &claims)
}

fn listen() -> Value {
    let params = json!({ "notifications": { "toolsListChanged": true } });
    json!({ "jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": params })
}

fn export() -> Value {
    let params = json!({ "name": "export", "arguments": {}, "_meta": { "progressToken": 1 } });
    json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stream_of_the_user_ends_within_a_second_and_no_other() {
    let (site, key, revocations) = site().await;
    let (ada, bob) = (token(&key, "ada"), token(&key, "bob"));
    let session = site.open_session(&ada).await;
    let of_ada = [
        site.in_session("GET", &ada, &session).await,
        site.post_2026(&ada, listen()).await,
        site.post_2026(&ada, export()).await,
    ];
    let of_bob = site.post_2026(&bob, listen()).await;
    let reading = of_ada.map(|stream| tokio::spawn(read(stream)));
    let mut reading_bob = tokio::spawn(read(of_bob));
    tokio::time::sleep(SECOND / 2).await;
    let began = Instant::now();
    let revoked = revocations.revoke(Revocation::subject(ISSUER, "ada"));
    revoked.await.expect("revoked");
    let seen = join_all(reading).await;
    assert!(began.elapsed() < SECOND, "{:?}", began.elapsed());
    let seen: Vec<Seen> = seen.into_iter().map(|one| one.expect("no panic")).collect();
    let last = |place: usize| seen[place].messages.last().expect("a message");
    // A session goes on with another token, so that nothing is said.
    assert_eq!(last(0)["method"], "notifications/tools/list_changed");
    assert_eq!(last(1)["result"]["resultType"], "complete", "{:?}", seen[1]);
    let message = "invalid_token: The access token is not valid.";
    assert_eq!(last(2)["error"]["message"], message, "{:?}", seen[2]);
    assert_eq!(site.post_2026(&ada, listen()).await.status(), 401);
    assert_eq!(site.post_2026(&bob, listen()).await.status(), 200);
    let next = tokio::time::timeout(SECOND / 2, &mut reading_bob).await;
    assert!(next.is_err(), "the stream of another user goes on");
    let revoked = revocations.revoke(Revocation::token(&bob));
    revoked.await.expect("revoked");
    let next = tokio::time::timeout(SECOND, reading_bob).await;
    assert!(next.is_ok(), "each revocation is noticed");
}

/// Returns whether a body says something more.
async fn says_something<B: http_body::Body<Data = Bytes> + Unpin>(body: &mut B) -> bool {
    body.frame().await.is_some()
}

/// Silent streams, and one that says something whenever it is asked.
#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_streams_end_at_once() {
    const STREAMS: usize = 2000;
    let verifier = StaticVerifier::new()
        .token("ada", "ada", "")
        .and_then(|verifier| verifier.token("bob", "bob", ""))
        .expect("valid scopes");
    let revocations = Revocations::new();
    let protect = protect(verifier).revocations(&revocations);
    let open = |token: &'static str, talk: Talk| {
        let service = protect.layer(service_fn(move |_: Request<Full<Bytes>>| {
            std::future::ready(Ok::<_, Infallible>(Response::new(talk.clone())))
        }));
        let request = Request::get("/mcp").header("authorization", format!("Bearer {token}"));
        let request = request.body(Full::default()).expect("a request");
        async {
            service
                .oneshot(request)
                .await
                .expect("infallible")
                .into_body()
        }
    };
    let mut of_bob = open("bob", Talk::once("tick")).await;
    assert!(says_something(&mut of_bob).await);
    let mut talking = open("ada", Talk::without_end("tick")).await;
    assert!(says_something(&mut talking).await);
    let mut reading = Vec::new();
    for _ in 0..STREAMS {
        let mut body = open("ada", Talk::once("tick")).await;
        assert!(says_something(&mut body).await);
        reading.push(tokio::spawn(async move { says_something(&mut body).await }));
    }
    // All of them wait.
    tokio::time::sleep(SECOND / 4).await;
    assert!(reading.iter().all(|reading| !reading.is_finished()));
    let began = Instant::now();
    let revoked = revocations.revoke(Revocation::token("ada"));
    revoked.await.expect("revoked");
    assert!(
        !says_something(&mut talking).await,
        "nothing is said afterwards"
    );
    for reading in reading {
        assert!(!reading.await.expect("no panic"));
    }
    assert!(began.elapsed() < SECOND, "{:?}", began.elapsed());
    let next = tokio::time::timeout(SECOND / 4, says_something(&mut of_bob)).await;
    assert!(next.is_err(), "the stream of another user goes on");
}
