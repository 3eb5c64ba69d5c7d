//! A request's body, read to its end.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::Body;
use pin_project_lite::pin_project;

use crate::timer::Timer;

pin_project! {
    /// Reads a body to its end, within limits of length and time. A body in one piece is not
    /// copied.
    pub(super) struct WholeBody<B> {
        #[pin]
        body: B,
        limit: usize,
        timeout: Duration,
        // Started when the body has to be waited for.
        timer: Option<Timer>,
        first: Bytes,
        all: BytesMut,
    }
}

/// Returned when a body could not be read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadBodyError {
    TooLong,
    TimedOut,
    Broken,
}

impl<B: Body<Data = Bytes>> WholeBody<B> {
    const FRAMES_AT_ONCE: usize = 1024;

    /// Reads `body`, up to `limit` bytes, and waits for it no longer than `timeout`.
    pub(super) fn new(body: B, limit: usize, timeout: Duration) -> Self {
        Self {
            body,
            limit,
            timeout,
            timer: None,
            first: Bytes::new(),
            all: BytesMut::new(),
        }
    }
}

impl<B: Body<Data = Bytes>> Future for WholeBody<B> {
    type Output = Result<Bytes, ReadBodyError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let (limit, announced) = (*this.limit, this.body.size_hint().lower());
        if usize::try_from(announced).is_ok_and(|announced| announced > limit) {
            return Poll::Ready(Err(ReadBodyError::TooLong));
        }
        let mut frames = 0;
        while !this.body.is_end_stream() {
            // An endless series of empty frames must not block the thread.
            frames += 1;
            if frames > Self::FRAMES_AT_ONCE {
                context.waker().wake_by_ref();
                return waited(this.timer, *this.timeout, context);
            }
            let frame = match this.body.as_mut().poll_frame(context) {
                Poll::Ready(Some(frame)) => frame.map_err(|_| ReadBodyError::Broken)?,
                Poll::Ready(None) => break,
                Poll::Pending => {
                    return waited(this.timer, *this.timeout, context);
                }
            };
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if this.first.len() + this.all.len() + data.len() > limit {
                return Poll::Ready(Err(ReadBodyError::TooLong));
            }
            if this.first.is_empty() && this.all.is_empty() {
                *this.first = data;
            } else {
                this.all.extend_from_slice(&std::mem::take(this.first));
                this.all.extend_from_slice(&data);
            }
        }
        Poll::Ready(Ok(if this.all.is_empty() {
            std::mem::take(this.first)
        } else {
            std::mem::take(this.all).freeze()
        }))
    }
}

/// Returns an error once the timeout of a body has passed; pending until then.
fn waited(
    timer: &mut Option<Timer>,
    timeout: Duration,
    context: &mut Context<'_>,
) -> Poll<Result<Bytes, ReadBodyError>> {
    let timer = timer.get_or_insert_with(|| Timer::after(timeout));
    let timed_out = Pin::new(timer).poll(context);
    timed_out.map(|()| Err(ReadBodyError::TimedOut))
}
