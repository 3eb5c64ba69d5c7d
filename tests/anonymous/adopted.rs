//! The bounds of adopted sessions, with default settings: in number, for each principal, and in time.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use scopes_core::mcp::GateLayer;
use scopes_core::testing::{Clock, StaticVerifier};
use scopes_core::tower::ProtectLayer;
use scopes_core::{AnonymousLists, Registry, ResourceServer};
use tower::util::{BoxCloneService, MapResponse};
use tower::{Layer, ServiceExt, service_fn};

use crate::site::hello;

const MAX_ADOPTED: usize = 16_384;
const MAX_OF_ONE: usize = 1024;
const DAY: Duration = Duration::from_secs(DAY_SECONDS);
const DAY_SECONDS: u64 = 24 * 60 * 60;
const SECOND: Duration = Duration::from_secs(1);
const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

/// A server that opens a session by every handshake, behind a gate and a layer with default settings.
#[derive(Clone)]
struct Site(BoxCloneService<Request<Full<Bytes>>, Response<()>, Infallible>);

impl Site {
    fn new() -> Self {
        let users = MAX_ADOPTED / MAX_OF_ONE + 1;
        let verifier = (0..users).try_fold(StaticVerifier::new(), |verifier, user| {
            let name = format!("user-{user}");
            verifier.token(&name, &name, "")
        });
        let resource = ResourceServer::builder("https://mcp.journal.example/mcp")
            .authorization_server("https://auth.journal.example")
            .registry(Registry::default())
            .build();
        let layer = ProtectLayer::new(
            resource.expect("valid settings"),
            verifier.expect("valid scopes"),
        );
        let opened = Arc::new(AtomicUsize::new(0));
        let server = service_fn(move |request: Request<Full<Bytes>>| {
            let mut response = Response::builder();
            if !request.headers().contains_key("mcp-session-id") {
                let session = opened.fetch_add(1, Ordering::Relaxed).to_string();
                response = response.header("mcp-session-id", session);
            }
            let response = response.body(Full::<Bytes>::default());
            std::future::ready(Ok::<_, Infallible>(response.expect("a response")))
        });
        let gate = GateLayer::new(&Registry::of_program().of_server("open"));
        let service = layer.layer(gate.layer(server));
        let service = service.anonymous_access(AnonymousLists::Public);
        let service = MapResponse::new(service, |response: Response<_>| response.map(drop));
        Self(BoxCloneService::new(service))
    }

    async fn post(&self, headers: &[(&str, &str)], body: String) -> Response<()> {
        let mut request = Request::post("/mcp").header("host", "mcp.journal.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(body)).expect("a request");
        self.0.clone().oneshot(request).await.expect("infallible")
    }

    /// Opens a session without a token.
    async fn open(&self) -> String {
        let opened = self.post(&[], hello("2025-11-25").to_string()).await;
        assert_eq!(opened.status(), 200);
        let session = &opened.headers()["mcp-session-id"];
        session.to_str().expect("a text").to_owned()
    }

    /// The status of a request in the session, by this user or without a token.
    async fn pings(&self, session: &str, user: Option<usize>) -> u16 {
        let token = user.map(|user| format!("Bearer user-{user}"));
        let mut headers = vec![("mcp-session-id", session)];
        headers.extend(token.iter().map(|token| ("authorization", &**token)));
        self.post(&headers, PING.to_owned()).await.status().as_u16()
    }

    /// Opens a session without a token, which this user adopts.
    async fn adopt(&self, user: usize) -> String {
        let session = self.open().await;
        assert_eq!(self.pings(&session, Some(user)).await, 200);
        session
    }

    /// Returns whether this user can adopt a session. One that cannot is none: its client opens another
    /// one, with its token.
    async fn can_adopt(&self, user: usize) -> bool {
        let session = self.open().await;
        let status = self.pings(&session, Some(user)).await;
        assert!([200, 404].contains(&status), "{status}");
        if status == 404 {
            assert_eq!(self.pings(&session, None).await, 404);
        }
        status == 200
    }
}

#[tokio::test]
async fn an_adopted_session_is_removed_after_a_day_without_use() {
    let clock = Clock::start();
    let site = Site::new();
    let (idle, used) = (site.adopt(0).await, site.adopt(0).await);
    clock.advance(Duration::from_secs(DAY_SECONDS - 1));
    // It is still the user's. A request of somebody else does not use it.
    assert_eq!(site.pings(&idle, None).await, 401);
    assert_eq!(site.pings(&idle, Some(1)).await, 404);
    assert_eq!(site.pings(&used, Some(0)).await, 200);
    clock.advance(SECOND);
    for user in [Some(0), Some(1), None] {
        assert_eq!(site.pings(&idle, user).await, 404, "{user:?}");
    }
    assert_eq!(site.pings(&used, None).await, 401);
    clock.advance(Duration::from_secs(DAY_SECONDS - 2));
    assert_eq!(site.pings(&used, Some(0)).await, 200);
}

#[tokio::test]
async fn a_session_that_nobody_adopts_is_removed_after_five_minutes() {
    let clock = Clock::start();
    let site = Site::new();
    let (adopted, session) = (site.adopt(0).await, site.open().await);
    clock.advance(Duration::from_secs(299));
    assert_eq!(site.pings(&session, None).await, 200);
    clock.advance(Duration::from_secs(300));
    assert_eq!(site.pings(&session, None).await, 404);
    assert_eq!(site.pings(&session, Some(0)).await, 404);
    assert_eq!(site.pings(&adopted, Some(0)).await, 200);
}

#[tokio::test]
async fn adopted_sessions_are_bounded_in_number() {
    let clock = Clock::start();
    let site = Site::new();
    for _ in 0..MAX_OF_ONE {
        site.adopt(0).await;
    }
    assert!(!site.can_adopt(0).await, "over the bound of one user");
    let of_another = site.adopt(1).await;
    for user in 1..MAX_ADOPTED / MAX_OF_ONE {
        for _ in usize::from(user == 1)..MAX_OF_ONE {
            site.adopt(user).await;
        }
    }
    let last = MAX_ADOPTED / MAX_OF_ONE;
    assert!(!site.can_adopt(last).await, "over the bound of all users");
    // No other session ends because of it, and callers without a token still open some.
    assert_eq!(site.pings(&of_another, Some(1)).await, 200);
    let session = site.open().await;
    assert_eq!(site.pings(&session, None).await, 200);
    clock.advance(DAY);
    assert!(site.can_adopt(last).await);
    assert_eq!(site.pings(&of_another, Some(1)).await, 404);
}
