//! Keys act as principals of an issuer of their own.

use std::convert::Infallible;

use bytes::Bytes;
use futures::executor::block_on;
use http::{Request, Response};
use http_body_util::Full;
use scopes_core::Registry;
use scopes_core::mcp::GateLayer;
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::site::{KeyFile, key, protect, verifier};

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
