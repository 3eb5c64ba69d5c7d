//! A gate in front of a server that is not made with rmcp: whose bodies are read, and how sessions end.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::{Body, Frame};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use scopes_core::mcp::GateLayer;
use scopes_core::testing::StaticVerifier;
use scopes_core::tower::ProtectLayer;
use scopes_core::{AnonymousLists, Registry, ResourceServer};
use tokio::sync::Notify;
use tower::util::{BoxCloneService, MapResponse};
use tower::{Layer, ServiceExt, service_fn};

use crate::site::hello;

const ADA: (&str, &str) = ("authorization", "Bearer ada");
const BOB: (&str, &str) = ("authorization", "Bearer bob");
const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

/// Panics when it is read.
struct Unread;

impl Body for Unread {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        panic!("the body is read")
    }
}

type Asked = Request<BoxBody<Bytes, Infallible>>;

#[derive(Clone)]
pub(crate) struct Gated(BoxCloneService<Asked, Response<()>, Infallible>);

impl Gated {
    /// A server that opens a session by every handshake, in front of which is a gate that admits callers
    /// without a token if `lists` is given. It `ends` a session by the second notification.
    pub(crate) fn new(lists: Option<AnonymousLists>, ends: &Arc<Notify>) -> Self {
        let verifier = StaticVerifier::new()
            .token("ada", "ada", "")
            .and_then(|verifier| verifier.token("bob", "bob", ""));
        let resource = ResourceServer::builder("https://mcp.journal.example/mcp")
            .authorization_server("https://auth.journal.example")
            .registry(Registry::default())
            .build();
        let resource = resource.expect("valid settings");
        let layer = ProtectLayer::new(resource, verifier.expect("valid scopes"));
        let gate = GateLayer::new(&Registry::of_program().of_server("open"));
        let gate = gate.max_anonymous_sessions(2);
        let (ends, opened) = (Arc::clone(ends), Arc::new(AtomicUsize::new(0)));
        let server = service_fn(move |request: Request<Full<Bytes>>| {
            let (ends, opened) = (Arc::clone(&ends), Arc::clone(&opened));
            async move {
                if request.method() == Method::DELETE {
                    ends.notified().await;
                    ends.notified().await;
                }
                let mut response = Response::builder();
                if !request.headers().contains_key("mcp-session-id") {
                    let session = opened.fetch_add(1, Ordering::Relaxed).to_string();
                    response = response.header("mcp-session-id", session);
                }
                Ok::<_, Infallible>(response.body(Full::<Bytes>::default()).expect("a response"))
            }
        });
        let service = layer.layer(gate.layer(server));
        let service = match lists {
            Some(lists) => service.anonymous_access(lists),
            None => service,
        };
        let service = MapResponse::new(service, |response: Response<_>| response.map(drop));
        Self(BoxCloneService::new(service))
    }

    async fn send<B>(&self, method: Method, headers: &[(&str, &str)], body: B) -> Response<()>
    where
        B: Body<Data = Bytes, Error = Infallible> + Send + Sync + 'static,
    {
        let request = Request::builder().method(method).uri("/mcp");
        let mut request = request.header("host", "mcp.journal.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.boxed()).expect("a request");
        self.0.clone().oneshot(request).await.expect("infallible")
    }

    /// Opens a session without a token.
    async fn open(&self) -> Option<String> {
        let body = Full::from(hello("2025-11-25").to_string());
        let opened = self.send(Method::POST, &[], body).await;
        let session = opened.headers().get("mcp-session-id")?;
        Some(session.to_str().expect("a text").to_owned())
    }

    async fn pings(&self, session: &str, by: Option<(&str, &str)>) -> u16 {
        let mut headers = vec![("mcp-session-id", session)];
        headers.extend(by);
        let answer = self.send(Method::POST, &headers, Full::from(PING)).await;
        answer.status().as_u16()
    }
}

#[tokio::test]
async fn no_body_is_read_that_the_headers_decide_on() {
    let ends = Arc::default();
    let closed = Gated::new(None, &ends);
    let open = Gated::new(Some(AnonymousLists::Public), &ends);
    let own = open.open().await.expect("a session");
    let forged = format!("{own}A");
    let of_bob = {
        let body = Full::from(hello("2025-11-25").to_string());
        let opened = open.send(Method::POST, &[BOB], body).await;
        let session = &opened.headers()["mcp-session-id"];
        session.to_str().expect("a text").to_owned()
    };
    for method in [Method::POST, Method::GET, Method::DELETE, Method::PUT] {
        let refused = closed.send(method.clone(), &[], Unread).await;
        assert_eq!(refused.status(), 401, "{method}");
    }
    for (method, headers) in [
        (Method::GET, &[][..]),
        (Method::DELETE, &[]),
        (Method::PUT, &[("mcp-session-id", &*own)]),
        (Method::POST, &[("mcp-session-id", &*forged)]),
        (Method::GET, &[("mcp-session-id", &*forged)]),
        (Method::DELETE, &[("mcp-session-id", &*of_bob)]),
        (
            Method::POST,
            &[("mcp-session-id", &*own), ("mcp-session-id", &*own)],
        ),
        (
            Method::POST,
            &[("mcp-session-id", &*own), ("last-event-id", "1")],
        ),
        (Method::POST, &[("last-event-id", "1")]),
        (Method::POST, &[("content-encoding", "gzip")]),
        (Method::POST, &[("authorization", "Bearer unknown")]),
    ] {
        let refused = open.send(method.clone(), headers, Unread).await;
        assert_eq!(refused.status(), 401, "{method} {headers:?}");
        assert!(refused.headers().contains_key("www-authenticate"));
    }
    assert_eq!(open.pings(&own, None).await, 200);
}

/// A session that is adopted while the server ends it for its first caller is not forgotten: the user is
/// told by the server.
#[tokio::test]
async fn a_caller_without_a_token_ends_no_adopted_session() {
    let ends = Arc::new(Notify::new());
    let gated = Gated::new(Some(AnonymousLists::Public), &ends);
    let session = gated.open().await.expect("a session");
    let named = [("mcp-session-id", &*session)];
    let ended = gated.send(Method::DELETE, &named, Full::default());
    let adopted = async {
        ends.notify_one();
        let status = gated.pings(&session, Some(ADA)).await;
        ends.notify_one();
        status
    };
    let (ended, adopted) = tokio::join!(ended, adopted);
    assert_eq!((ended.status().as_u16(), adopted), (200, 200));
    assert_eq!(gated.pings(&session, Some(ADA)).await, 200);
    assert_eq!(gated.pings(&session, None).await, 401);
    assert_eq!(gated.pings(&session, Some(BOB)).await, 404);
}

/// One user cannot take the places of all others.
#[tokio::test]
async fn a_principal_adopts_a_bounded_number_of_sessions() {
    let gated = Gated::new(Some(AnonymousLists::Public), &Arc::default());
    let mut last = String::new();
    for _ in 0..1024 {
        last = gated.open().await.expect("a session");
        assert_eq!(gated.pings(&last, Some(ADA)).await, 200);
    }
    let further = gated.open().await.expect("a session");
    assert_eq!(gated.pings(&further, Some(ADA)).await, 404);
    assert_eq!(gated.pings(&further, None).await, 404);
    assert_eq!(gated.pings(&last, Some(ADA)).await, 200);
    let of_bob = gated.open().await.expect("a session");
    assert_eq!(gated.pings(&of_bob, Some(BOB)).await, 200);
}
