//! Which bodies end with their token, and how.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use futures::executor::block_on;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use scopes_core::Claims;
use scopes_core::mcp::GateLayer;
use scopes_core::testing::StaticVerifier;
use scopes_core::tower::ProtectLayer;
use scopes_core::{OperationKind, ProtectedOperation, Registry, Requirement};
use tower::{Layer, ServiceExt, service_fn};

use crate::site::protect;

const LIFETIME: Duration = Duration::from_secs(1);

/// Says the same over and over, as often as it is asked, or only once.
#[derive(Clone)]
pub(crate) struct Talk {
    pub(crate) text: &'static str,
    pub(crate) is_silent_after_one: bool,
    spoken: usize,
}

impl Talk {
    pub(crate) const fn without_end(text: &'static str) -> Self {
        Self {
            text,
            is_silent_after_one: false,
            spoken: 0,
        }
    }

    pub(crate) const fn once(text: &'static str) -> Self {
        Self {
            text,
            is_silent_after_one: true,
            spoken: 0,
        }
    }
}

impl Body for Talk {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.spoken += 1;
        if self.is_silent_after_one && self.spoken > 1 {
            return Poll::Pending;
        }
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(
            self.text.as_bytes(),
        )))))
    }
}

fn verifier(lifetime: Duration) -> (StaticVerifier, SystemTime) {
    let end = SystemTime::now() + lifetime;
    let mut claims = Claims::default();
    claims.subject = Some("ada".to_owned());
    claims.expires_at = Some(end);
    (StaticVerifier::new().token_with("token", claims), end)
}

fn request() -> Request<Full<Bytes>> {
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"talk"}}"#;
    let request = Request::post("/mcp").header("authorization", "Bearer token");
    let body = Full::new(Bytes::from_static(call.as_bytes()));
    request.body(body).expect("a request")
}

/// What comes back through the layer of a service that answers with this body.
async fn answer<B>(protect: ProtectLayer<StaticVerifier>, headers: HeaderMap, body: B) -> String
where
    B: Body<Data = Bytes> + Clone + Send + 'static,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    let service = service_fn(move |_: Request<Full<Bytes>>| {
        let mut response = Response::new(body.clone());
        *response.headers_mut() = headers.clone();
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let tool =
        ProtectedOperation::at_run_time(OperationKind::Tool, "talk", Requirement::authenticated());
    let registry: Registry = [tool].into_iter().collect();
    let service = protect.layer(GateLayer::new(&registry).layer(service));
    let response = service.oneshot(request()).await.expect("infallible");
    assert_eq!(response.status(), 200);
    let body = response.into_body().collect().await;
    let body = body.expect("a clean end").to_bytes();
    String::from_utf8_lossy(&body).into_owned()
}

fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
    fields
        .iter()
        .map(|(name, value)| {
            let name = name.parse().expect("a name");
            (name, HeaderValue::from_static(value))
        })
        .collect()
}

#[test]
fn nothing_is_sent_after_the_end_and_no_runtime_is_needed() {
    for body in [Talk::without_end("tick "), Talk::once("tick ")] {
        let (verifier, end) = verifier(LIFETIME);
        let is_silent = body.is_silent_after_one;
        let text = block_on(answer(protect(verifier), HeaderMap::new(), body));
        let late = SystemTime::now().duration_since(end).expect("not early");
        assert!(late < Duration::from_secs(10), "{late:?}");
        assert_eq!(text.len() == "tick ".len(), is_silent, "{}", text.len());
    }
}

#[test]
fn an_event_stream_says_why_it_ends_where_it_can_be_understood() {
    let stream = ("content-type", "Text/Event-Stream; charset=utf-8");
    let json = ("content-type", "application/json");
    let gzip = ("content-encoding", "gzip");
    let error = "The access token has expired.";
    for (fields, text, is_told) in [
        (&[stream][..], "data: {}\n\n", true),
        (&[stream], "data: {}\r\n\r\n", true),
        (&[stream], ": a comment\r\r", true),
        // Within an event, in another coding, and in another format.
        (&[stream], "data: {}\n", false),
        (&[stream], "data: ", false),
        (&[stream, gzip], "data: {}\n\n", false),
        (&[json], "{}\n\n", false),
        (&[], "{}\n\n", false),
    ] {
        let (verifier, _) = verifier(LIFETIME);
        let answer = answer(protect(verifier), headers(fields), Talk::once(text));
        let answer = block_on(answer);
        let rest = answer.strip_prefix(text).expect("what the service said");
        assert_eq!(rest.contains(error), is_told, "{fields:?} {answer:?}");
        assert_eq!(rest.is_empty(), !is_told, "{fields:?} {answer:?}");
    }
}

/// A body that takes longer than its token lives, and has a length.
#[derive(Clone)]
struct Slow(Full<Bytes>, Option<Instant>);

impl Body for Slow {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let began = *self.1.get_or_insert_with(Instant::now);
        if began.elapsed() < LIFETIME * 2 {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Pin::new(&mut self.0).poll_frame(context)
    }
}

/// The same, with the length known to the server only by the header.
#[derive(Clone)]
struct Exact(Slow);

impl Body for Exact {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.0).poll_frame(context)
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.0.0.size_hint()
    }
}

#[test]
fn a_body_of_known_length_is_sent_to_its_end() {
    let slow = || Slow(Full::new(Bytes::from_static(b"whole")), None);
    let send = |headers, body: Slow| {
        let (verifier, _) = verifier(LIFETIME);
        block_on(answer(protect(verifier), headers, body))
    };
    assert_eq!(send(headers(&[("content-length", "5")]), slow()), "whole");
    assert_eq!(send(HeaderMap::new(), slow()), "");
    let (verifier, _) = verifier(LIFETIME);
    let exact = Exact(slow());
    let text = block_on(answer(protect(verifier), HeaderMap::new(), exact));
    assert_eq!(text, "whole");
}
