//! Bodies that this crate writes.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// The body of a response that this crate writes.
///
/// That of a [`Refusal`](super::Refusal) is written when it is read: a layer that answers the refusal
/// drops it unwritten.
///
/// ```
/// use bytes::Bytes;
/// use http_body::Body;
/// use scopes_core::tower::OwnBody;
///
/// assert!(OwnBody::from(Bytes::new()).is_end_stream());
/// ```
pub struct OwnBody(Option<LazyLock<Bytes, Write>>);

type Write = Box<dyn FnOnce() -> Bytes + Send>;

impl OwnBody {
    pub(super) fn written_when_read(write: impl FnOnce() -> Bytes + Send + 'static) -> Self {
        Self(Some(LazyLock::new(Box::new(write))))
    }
}

impl From<Bytes> for OwnBody {
    fn from(bytes: Bytes) -> Self {
        if bytes.is_empty() {
            Self(None)
        } else {
            Self::written_when_read(|| bytes)
        }
    }
}

impl Body for OwnBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let written = self.0.take();
        Poll::Ready(written.map(|bytes| Ok(Frame::data(bytes.clone()))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.0.as_ref().map_or(0, |bytes| bytes.len());
        SizeHint::with_exact(length as u64)
    }
}

impl fmt::Debug for OwnBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("OwnBody").finish_non_exhaustive()
    }
}
