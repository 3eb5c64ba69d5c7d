//! Keys act as principals of an issuer of their own.

use std::convert::Infallible;

use bytes::Bytes;
use futures::executor::block_on;
use http::{Request, Response};
use http_body_util::Full;
use scopes_core::Registry;
use scopes_core::api_keys::{ApiKey, ApiKeyVerifier};
use scopes_core::mcp::GateLayer;
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::site::{KeyFile, Recording, ask, key, protect, status, verifier};

const HELLO: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}"#;
const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

/// Sends a message to the MCP server, and returns the status and the session.
fn post<S, B>(service: &S, token: &str, session: Option<&str>, body: &'static str) -> (u16, String)
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>, Error = Infallible> + Clone,
{
    let request = Request::post("/journal").header("authorization", format!("Bearer {token}"));
    let request = match session {
        Some(session) => request.header("mcp-session-id", session),
        None => request,
    };
    let request = request.body(Full::from(body)).expect("a request");
    let answer = block_on(service.clone().oneshot(request)).expect("infallible");
    let session = answer.headers().get("mcp-session-id");
    let session = session.map_or("", |value| value.to_str().expect("ASCII"));
    (answer.status().as_u16(), session.to_owned())
}

#[test]
fn a_session_belongs_to_the_name_of_the_key() {
    let (first, of_first) = key("nightly", "never", "entries:read");
    let (second, of_second) = key("nightly", "never", "");
    let (other, of_other) = key("import", "never", "entries:read");
    let file = KeyFile::new("principals", &[&of_first, &of_second, &of_other]);
    let server = service_fn(|request: Request<Full<Bytes>>| {
        let mut response = Response::builder();
        if !request.headers().contains_key("mcp-session-id") {
            response = response.header("mcp-session-id", "17");
        }
        let response = response.body(Full::<Bytes>::default());
        std::future::ready(Ok::<_, Infallible>(response.expect("a response")))
    });
    let gate = GateLayer::new(&Registry::default());
    let service = protect(verifier(&file)).layer(gate.layer(server));

    let (opened, session) = post(&service, &first, None, HELLO);
    assert_eq!(opened, 200);
    let status = |token: &str| post(&service, token, Some(&session), PING).0;
    assert_eq!(status(&first), 200);
    assert_eq!(status(&second), 200, "another key of the same name");
    assert_eq!(status(&other), 404, "a key of another name");
    // The subject of this token is the name of the key.
    assert_eq!(status("nightly"), 404, "a user of an authorization server");
    let (opened, of_user) = post(&service, "nightly", None, HELLO);
    assert_eq!(opened, 200);
    assert_eq!(post(&service, "nightly", Some(&of_user), PING).0, 200);
    assert_eq!(post(&service, &first, Some(&of_user), PING).0, 404);
}

#[test]
fn no_two_prefixes_have_one_issuer() {
    let prefixes = ["journal_", "journal__", "journal___", "journal_admin_"];
    let mut issuers = prefixes.map(|prefix| {
        let key = ApiKey::generate(prefix).expect("a key");
        let entry = key.entry("nightly", "never", "entries:read");
        let file = KeyFile::new(
            &format!("issuer-{prefix}"),
            &[&entry.expect("valid fields")],
        );
        let builder = ApiKeyVerifier::builder(prefix).file(file.path());
        let verifier = builder.build(Recording::new()).expect("valid settings");
        let answer = ask(&protect(verifier), key.as_str());
        assert_eq!(answer.status, 200);
        answer.body["issuer"].as_str().expect("a text").to_owned()
    });
    assert_eq!(issuers[0], "api-key:journal");
    issuers.sort();
    assert!(
        issuers.windows(2).all(|pair| pair[0] != pair[1]),
        "{issuers:?}"
    );
}

#[test]
fn a_verifier_takes_the_keys_of_every_longer_prefix() {
    let of = |prefix: &str| {
        let key = ApiKey::generate(prefix).expect("a key");
        let entry = key.entry("nightly", "never", "entries:read");
        let file = KeyFile::new(
            &format!("nested-{prefix}"),
            &[&entry.expect("valid fields")],
        );
        (key, file)
    };
    let (short, of_short) = of("journal_");
    let (long, of_long) = of("journal_admin_");
    let [short, long] = [short.as_str(), long.as_str()];
    let shorter = ApiKeyVerifier::builder("journal_").file(of_short.path());
    let longer = ApiKeyVerifier::builder("journal_admin_").file(of_long.path());
    let inner = longer.clone().build(Recording::new());
    let outer = shorter.clone().build(inner.expect("valid settings"));
    let site = protect(outer.expect("valid settings"));
    assert_eq!([short, long].map(|key| status(&site, key)), [200, 401]);
    let inner = shorter.build(Recording::new());
    let outer = longer.build(inner.expect("valid settings"));
    let site = protect(outer.expect("valid settings"));
    assert_eq!([short, long].map(|key| status(&site, key)), [200, 200]);
}
