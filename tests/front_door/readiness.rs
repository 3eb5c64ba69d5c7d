//! Readiness probes, while the authorization server is down and after it has come back: with default settings,
//! over connections, and without any other request.

use std::time::{Duration, Instant};

use axum::Router;
use futures::future::join_all;
use scopes_core::ResourceServer;
use scopes_core::cache::CachedVerifier;
use scopes_core::hyper::HyperFetch;
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
use scopes_core::jwt::{JwtVerifier, Profile};
use scopes_core::rmcp::protect;
use scopes_core::token::TokenVerifier;
use scopes_tests::faulty::{FaultyServer, Reply};
use scopes_tests::issuer::SigningKey;
use serde_json::json;

use crate::client::serve;
use crate::journal::Journal;

const RESOURCE: &str = "http://127.0.0.1:8080/mcp";

/// An authorization server that can go down.
fn authorization_server() -> FaultyServer {
    let server = FaultyServer::start();
    let key = SigningKey::rsa("1");
    let metadata = json!({
        "issuer": server.url(""),
        "jwks_uri": server.url("/keys"),
        "introspection_endpoint": server.url("/introspect"),
    });
    let path = "/.well-known/oauth-authorization-server";
    server.reply(path, Reply::json(&metadata));
    server.reply("/keys", Reply::json(&json!({ "keys": [key.jwk()] })));
    server.reply("/introspect", Reply::json(&json!({ "active": false })));
    server
}

fn resource(issuer: &FaultyServer) -> ResourceServer {
    let server = ResourceServer::builder(RESOURCE).authorization_server(issuer.url(""));
    server.build().expect("valid settings")
}

fn client() -> ClientAuthentication {
    ClientAuthentication::secret_basic("journal", "secret")
}

fn fetch() -> HyperFetch {
    HyperFetch::new().expect("TLS")
}

/// The URL of a server with a route for probes.
async fn site(server: ResourceServer, verifier: impl TokenVerifier) -> String {
    let journal = protect(|| Ok(Journal), server, verifier).await;
    let journal = journal.expect("everything is annotated");
    let readiness = journal.readiness();
    let app = Router::from(journal).route_service("/ready", readiness);
    format!("http://{}", serve(app).await)
}

async fn probe(site: &str) -> reqwest::Response {
    let answer = reqwest::get(format!("{site}/ready")).await;
    answer.expect("an answer")
}

async fn is_ready(site: &str) -> bool {
    let answer = probe(site).await;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    assert_eq!(headers["cache-control"], "no-store");
    let body: serde_json::Value = answer.json().await.expect("JSON");
    assert_eq!(body, json!({ "ready": status == 200 }));
    match status {
        200 => true,
        503 => {
            assert_eq!(headers["retry-after"], "1");
            false
        }
        other => panic!("{other}"),
    }
}

async fn becomes_ready(site: &str) {
    let began = Instant::now();
    while !is_ready(site).await {
        assert!(began.elapsed() < Duration::from_secs(10), "it is ready");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Many probes are no load for the authorization server.
async fn is_asked_little(site: &str, issuer: &FaultyServer, at_most: usize) {
    let before = issuer.asked();
    let probes = join_all((0..50).map(|_| is_ready(site))).await;
    assert!(probes.iter().all(|is_ready| !is_ready));
    let asked = issuer.asked() - before;
    assert!(asked <= at_most, "asked {asked} times");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_jwts_is_ready_once_it_has_keys() {
    let issuer = authorization_server();
    issuer.shut_down();
    let server = resource(&issuer);
    let settings = JwtVerifier::for_server(&server, &Profile::default());
    let verifier = settings.discover_lazily(fetch()).expect("valid settings");
    let site = site(server, CachedVerifier::new(verifier)).await;
    assert!(!is_ready(&site).await);
    issuer.bring_up();
    becomes_ready(&site).await;
    // Its keys verify tokens without the authorization server.
    issuer.shut_down();
    assert!(is_ready(&site).await);
}

/// The metadata of an issuer is looked for in four places.
#[tokio::test(flavor = "multi_thread")]
async fn probes_ask_for_keys_as_often_as_one_request_does() {
    let issuer = authorization_server();
    issuer.reply("/keys", Reply::Answer(502, String::new()));
    let server = resource(&issuer);
    let settings = JwtVerifier::for_server(&server, &Profile::default());
    let verifier = settings.discover_lazily(fetch()).expect("valid settings");
    let site = site(server, verifier).await;
    is_asked_little(&site, &issuer, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_introspects_is_ready_while_the_authorization_server_answers() {
    let issuer = authorization_server();
    issuer.shut_down();
    let server = resource(&issuer);
    let settings = IntrospectionVerifier::builder(RESOURCE, client()).issuer(issuer.url(""));
    let verifier = settings.discover_lazily(fetch()).expect("valid settings");
    let site = site(server, verifier).await;
    assert!(!is_ready(&site).await);
    issuer.bring_up();
    becomes_ready(&site).await;
    let asked = issuer.asked();
    assert!(is_ready(&site).await);
    assert_eq!(
        issuer.asked(),
        asked,
        "a probe asks nothing while it is ready"
    );

    // An outage is noticed by the next token.
    let call = async || {
        let request = reqwest::Client::new().post(format!("{site}/mcp"));
        let answer = request.bearer_auth(new_token()).send().await;
        answer.expect("an answer").status().as_u16()
    };
    assert_eq!(call().await, 401);
    issuer.reply("/introspect", Reply::Answer(502, String::new()));
    assert!(is_ready(&site).await);
    assert_eq!(call().await, 503);
    is_asked_little(&site, &issuer, 1).await;
    issuer.reply("/introspect", Reply::json(&json!({ "active": false })));
    becomes_ready(&site).await;
    assert_eq!(call().await, 401);
    // A server that limits its clients is up, and one token that it fails about is no outage.
    for status in [400, 500, 429] {
        issuer.reply("/introspect", Reply::Answer(status, String::new()));
        assert_eq!(call().await, 503);
        assert!(is_ready(&site).await, "{status}");
    }
}

/// A token that was not presented before.
fn new_token() -> String {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("opaque-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_are_get_or_head() {
    let issuer = authorization_server();
    let server = resource(&issuer);
    let verifier = JwtVerifier::discover(&server, fetch()).await.expect("keys");
    let site = site(server, verifier).await;
    let url = format!("{site}/ready");
    let client = reqwest::Client::new();
    let head = client.head(&url).send().await.expect("an answer");
    assert_eq!(head.status(), 200);
    assert_eq!(head.text().await.expect("nothing"), "");
    let post = client.post(&url).send().await.expect("an answer");
    assert_eq!(post.status(), 405);
    assert_eq!(post.headers()["allow"], "GET, HEAD");
}
