//! The bodies of responses.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Either;
use pin_project_lite::pin_project;

use super::started_tasks::StartedTasks;
use crate::tower::OwnBody;

/// The body of a response: the gate's own, or that of the server.
pub type GateBody<B> = Either<OwnBody, AnswerBody<B>>;

pin_project! {
    /// The body of a server's response. That to a tool call is searched for a started task.
    pub struct AnswerBody<B> {
        #[pin]
        body: B,
        started: Option<StartedTasks>,
    }
}

impl<B> AnswerBody<B> {
    pub(super) fn new(body: B, started: Option<StartedTasks>) -> Self {
        Self { body, started }
    }
}

impl<B: Body<Data = Bytes>> Body for AnswerBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let mut this = self.project();
        let frame = ready!(this.body.as_mut().poll_frame(context));
        if let Some(started) = this.started {
            let data = match &frame {
                Some(Ok(frame)) => frame.data_ref(),
                Some(Err(_)) => None,
                // Of bodies that do not know beforehand when they end.
                None => Some(&Bytes::new()),
            };
            let is_last = this.body.is_end_stream() || frame.is_none();
            if data.is_some_and(|data| !started.look(data, is_last)) {
                *this.started = None;
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> fmt::Debug for AnswerBody<B> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AnswerBody").finish_non_exhaustive()
    }
}
