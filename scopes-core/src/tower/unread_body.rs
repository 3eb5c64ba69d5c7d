//! Answers to requests whose body has not been read.

use std::task::{Context, Poll};

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Request, Version};

/// Delays the answer by one poll after the body of its request has been dropped.
///
/// hyper notices between two polls of a service that the body is dropped. It discards the part that
/// has arrived and, if the rest is still to come, closes the connection after the answer. It can
/// announce that in `Connection` only before the answer has a header. Otherwise, the client sends
/// its next request on a connection that is being closed, and gets no answer.
pub(super) struct UnreadBody {
    is_noticed: bool,
}

impl UnreadBody {
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        let headers = request.headers();
        let may_have_body =
            headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
        // From HTTP/2 on, an unread body ends its stream alone.
        let is_noticed = request.version() >= Version::HTTP_2 || !may_have_body;
        Self { is_noticed }
    }

    /// Is ready at the second call. The body must have been dropped before the first.
    pub(super) fn poll_noticed(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.is_noticed {
            return Poll::Ready(());
        }
        self.is_noticed = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
