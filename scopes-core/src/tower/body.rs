//! The body of a response, which ends with the token of its request.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::{Extensions, HeaderMap, Response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::watch::{Presented, Watch};
use crate::error::AuthorizeError;
use crate::observe;

/// The line ends that end an event of a stream (HTML standard, section 9.2.6).
pub(crate) const EVENT_ENDS: [&[u8]; 3] = [b"\n\n", b"\r\n\r\n", b"\r\r"];

/// Makes the event that an event stream ends with if its token is no longer valid. Stands in the
/// extensions of a response.
#[derive(Clone)]
pub(crate) struct LastEvent(pub(crate) Arc<dyn Fn(&AuthorizeError) -> Bytes + Send + Sync>);

pin_project! {
    /// The body of a response of a protected service: the layer's own, or that of the inner service.
    ///
    /// A body of the inner service of unknown length ends, without an error, when a new request with the token of its
    /// request would no longer be allowed: see
    /// [`ProtectLayer::stream_check_interval`](super::ProtectLayer::stream_check_interval).
    ///
    /// ```
    /// use http_body::Body;
    /// use scopes_core::tower::ProtectedBody;
    ///
    /// fn is_body<B: Body<Data = bytes::Bytes>>(body: ProtectedBody<B>) -> impl Body
    /// where
    ///     ProtectedBody<B>: Body,
    /// {
    ///     body
    /// }
    /// ```
    pub struct ProtectedBody<B> {
        // Dropped at the end of the stream, so that the service stops its work on it.
        #[pin]
        body: Option<B>,
        stream: Option<Box<Stream>>,
        // Sent when there is no other body.
        own: Bytes,
    }
}

struct Stream {
    watch: Watch,
    last_event: Option<LastEvent>,
    /// `true` if a last event can be written: not within another event.
    is_between_events: bool,
}

impl<B> ProtectedBody<B> {
    /// A body of the layer's own.
    pub(super) const fn own(own: Bytes) -> Self {
        Self {
            body: None,
            stream: None,
            own,
        }
    }
}

impl<B: Body> ProtectedBody<B> {
    /// Protects the body of `response`, if it is a stream and its request presented a token.
    ///
    /// `presented` returns the token; it is called only for streams.
    pub(super) fn of_response(
        response: Response<B>,
        presented: impl FnOnce() -> Option<Presented>,
        interval: Duration,
    ) -> Response<Self> {
        let (parts, body) = response.into_parts();
        let is_complete = body.is_end_stream()
            || body.size_hint().exact().is_some()
            || parts.headers.contains_key(CONTENT_LENGTH);
        let presented = if is_complete { None } else { presented() };
        let stream = presented.map(|presented| {
            Box::new(Stream {
                watch: Watch::new(presented, interval),
                last_event: last_event(&parts.headers, &parts.extensions),
                is_between_events: true,
            })
        });
        let body = Some(body);
        let own = Bytes::new();
        Response::from_parts(parts, Self { body, stream, own })
    }
}

/// Returns the last event, unless a layer inside this one encodes the body.
fn last_event(headers: &HeaderMap, extensions: &Extensions) -> Option<LastEvent> {
    let event = extensions.get::<LastEvent>();
    event
        .filter(|_| !headers.contains_key(CONTENT_ENCODING))
        .cloned()
}

impl Stream {
    fn ended(&self, refusal: &AuthorizeError) -> Option<Bytes> {
        observe::stream_ended(self.watch.audited(), self.watch.token(), refusal);
        let event = self.last_event.as_ref().filter(|_| self.is_between_events);
        event.map(|LastEvent(event)| event(refusal))
    }

    fn note(&mut self, frame: &Frame<Bytes>) {
        if let Some(data) = frame.data_ref().filter(|data| !data.is_empty()) {
            self.is_between_events = EVENT_ENDS.iter().any(|end| data.ends_with(end));
        }
    }
}

impl<B: Body<Data = Bytes>> Body for ProtectedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let mut this = self.project();
        loop {
            let Some(body) = this.body.as_mut().as_pin_mut() else {
                let own = std::mem::take(this.own);
                return Poll::Ready((!own.is_empty()).then_some(Ok(Frame::data(own))));
            };
            let Some(stream) = this.stream.as_deref_mut() else {
                return body.poll_frame(context);
            };
            let polled = match stream.watch.poll(context) {
                Poll::Ready(Ok(())) => body.poll_frame(context),
                Poll::Ready(Err(refusal)) => {
                    this.body.set(None);
                    let event = stream.ended(&refusal);
                    *this.stream = None;
                    return Poll::Ready(event.map(|event| Ok(Frame::data(event))));
                }
                Poll::Pending => Poll::Pending,
            };
            match polled {
                Poll::Ready(frame) => {
                    match &frame {
                        Some(Ok(frame)) => stream.note(frame),
                        Some(Err(_)) | None => *this.stream = None,
                    }
                    return Poll::Ready(frame);
                }
                Poll::Pending if stream.watch.poll_timer(context).is_pending() => {
                    return Poll::Pending;
                }
                Poll::Pending => {}
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        let body = self.body.as_ref();
        body.map_or(self.own.is_empty(), B::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.body, &self.stream) {
            (Some(body), None) => body.size_hint(),
            (Some(_), Some(_)) => SizeHint::default(),
            (None, _) => SizeHint::with_exact(self.own.len() as u64),
        }
    }
}

impl<B> fmt::Debug for ProtectedBody<B> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ProtectedBody")
            .finish_non_exhaustive()
    }
}
