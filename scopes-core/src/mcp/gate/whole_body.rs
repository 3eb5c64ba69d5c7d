//! A request's body, read to its end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body::Body;
use pin_project_lite::pin_project;

pin_project! {
    /// The whole body, if it is not too long. One that comes in one piece is not copied.
    pub(super) struct WholeBody<B> {
        #[pin]
        body: B,
        limit: usize,
        first: Bytes,
        all: BytesMut,
    }
}

/// Why there is no whole body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadBodyError {
    TooLong,
    Broken,
}

impl<B: Body<Data = Bytes>> WholeBody<B> {
    pub(super) fn new(body: B, limit: usize) -> Self {
        Self {
            body,
            limit,
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
        while !this.body.is_end_stream() {
            let frame = match ready!(this.body.as_mut().poll_frame(context)) {
                Some(frame) => frame.map_err(|_| ReadBodyError::Broken)?,
                None => break,
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
