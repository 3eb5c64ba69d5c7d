//! Open response streams end when their key is taken out.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use scopes_core::TokenVerifier;
use scopes_core::cache::CachedVerifier;
use scopes_core::testing::Clock;
use scopes_core::tower::{ProtectLayer, ProtectedBody};
use tower::{Layer, ServiceExt, service_fn};

use crate::site::{KeyFile, SECOND, key, protect, verifier};

/// A body without an end, which says something as often as it is asked, or nothing after the first time.
struct Talk {
    is_silent: bool,
    has_spoken: bool,
}

impl Body for Talk {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.is_silent && self.has_spoken {
            return Poll::Pending;
        }
        self.has_spoken = true;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"tick")))))
    }
}

async fn open<V: TokenVerifier>(
    protect: &ProtectLayer<V>,
    key: &str,
    is_silent: bool,
) -> ProtectedBody<Talk> {
    let service = protect.layer(service_fn(move |_: Request<Full<Bytes>>| {
        let response = Response::new(Talk {
            is_silent,
            has_spoken: false,
        });
        std::future::ready(Ok::<_, Infallible>(response))
    }));
    let request = Request::get("/journal").header("authorization", format!("Bearer {key}"));
    let request = request.body(Full::default()).expect("a request");
    let response = service.oneshot(request).await.expect("infallible");
    assert_eq!(response.status(), 200);
    response.into_body()
}

async fn says_something(body: &mut ProtectedBody<Talk>) -> bool {
    let frame = body.frame().await;
    frame.is_some_and(|frame| frame.expect("infallible").is_data())
}

#[tokio::test]
async fn a_stream_ends_when_its_key_is_taken_out() {
    let clock = Clock::start();
    let (kept, of_kept) = key("import", "never", "entries:read");
    let (gone, of_gone) = key("nightly", "never", "entries:read");
    let file = KeyFile::new("stream", &[&of_kept, &of_gone]);
    let plain = protect(verifier(&file));
    let cached = protect(CachedVerifier::new(verifier(&file)));
    let mut kept = [
        open(&plain, &kept, false).await,
        open(&cached, &kept, false).await,
    ];
    let mut gone = [
        open(&plain, &gone, false).await,
        open(&cached, &gone, false).await,
    ];
    for body in kept.iter_mut().chain(&mut gone) {
        assert!(says_something(body).await);
    }
    file.write(&[&of_kept]);
    clock.advance(SECOND);
    for body in &mut kept {
        assert!(says_something(body).await);
    }
    for body in &mut gone {
        assert!(!says_something(body).await);
    }
}

/// Nothing polls the stream, so that a timer has to.
#[tokio::test]
async fn a_silent_stream_ends_when_its_key_is_taken_out() {
    let (key, entry) = key("nightly", "never", "entries:read");
    let file = KeyFile::new("silent-stream", &[&entry]);
    let protect = protect(verifier(&file)).stream_check_interval(Duration::from_millis(200));
    let mut body = open(&protect, &key, true).await;
    assert!(says_something(&mut body).await);
    let next = tokio::time::timeout(SECOND + SECOND, says_something(&mut body)).await;
    assert!(next.is_err(), "it goes on while the key is there");
    file.write(&[]);
    let began = Instant::now();
    let next = tokio::time::timeout(20 * SECOND, says_something(&mut body)).await;
    assert_eq!(next, Ok(false), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_stream_ends_when_its_key_loses_a_scope() {
    let clock = Clock::start();
    let (key, entry) = key("nightly", "never", "entries:read notebooks:1:write");
    let file = KeyFile::new("stream-scopes", &[&entry]);
    let protect = protect(verifier(&file));
    let mut body = open(&protect, &key, false).await;
    file.write(&[&entry.replacen("sha256", "notebooks:2:write sha256", 1)]);
    clock.advance(SECOND);
    assert!(says_something(&mut body).await, "more scopes");
    file.write(&[&entry.replacen(" notebooks:1:write", "", 1)]);
    clock.advance(SECOND);
    assert!(!says_something(&mut body).await, "fewer scopes");
}

#[tokio::test]
async fn a_stream_outlives_a_list_that_cannot_be_read_by_two_checks() {
    let clock = Clock::start();
    let (key, entry) = key("nightly", "never", "entries:read");
    let file = KeyFile::new("stream-unreadable", &[&entry]);
    let emptied = KeyFile::new("stream-emptied", &[&entry]);
    let interval = 60 * SECOND;
    let protect_removed = protect(verifier(&file)).stream_check_interval(interval);
    let protect_emptied = protect(verifier(&emptied)).stream_check_interval(interval);
    let mut of_removed = open(&protect_removed, &key, false).await;
    let mut of_emptied = open(&protect_emptied, &key, false).await;
    file.remove();
    emptied.write(&[]);
    clock.advance(SECOND);
    assert!(says_something(&mut of_removed).await);
    assert!(!says_something(&mut of_emptied).await);
    clock.advance(interval);
    assert!(says_something(&mut of_removed).await);
    clock.advance(interval);
    assert!(!says_something(&mut of_removed).await);
}
