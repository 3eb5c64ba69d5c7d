//! The bodies of responses.

use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::started_tasks::{Looked, StartedTasks, Storing};
use crate::tower::OwnBody;

pin_project! {
    /// The body of a response: the gate's own, or that of the server. That to a tool call is searched
    /// for a started task.
    ///
    /// ```
    /// use http_body::Body;
    /// use scopes_core::mcp::AnswerBody;
    ///
    /// fn is_body<B: Body<Data = bytes::Bytes>>(body: AnswerBody<B>) -> impl Body
    /// where
    ///     AnswerBody<B>: Body,
    /// {
    ///     body
    /// }
    /// ```
    pub struct AnswerBody<B> {
        #[pin]
        body: Option<B>,
        started: Option<StartedTasks>,
        held: Option<Held>,
        // Sent when there is no other body.
        own: Option<OwnBody>,
    }
}

/// A frame that announces tasks, and the writing of them to the store. Another instance may be asked for
/// a task as soon as the client knows its id.
struct Held {
    /// The mutex is never locked. It makes bodies `Sync`, as boxed bodies have to be.
    storing: Mutex<Storing>,
    frame: Option<Frame<Bytes>>,
}

impl<B> AnswerBody<B> {
    pub(super) const fn own(own: OwnBody) -> Self {
        Self {
            body: None,
            started: None,
            held: None,
            own: Some(own),
        }
    }

    pub(super) const fn of_server(body: B, started: Option<StartedTasks>) -> Self {
        Self {
            body: Some(body),
            started,
            held: None,
            own: None,
        }
    }
}

impl<B: Body<Data = Bytes>> Body for AnswerBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let mut this = self.as_mut().project();
        let Some(mut body) = this.body.as_mut().as_pin_mut() else {
            let Some(own) = this.own else {
                return Poll::Ready(None);
            };
            let frame = ready!(Pin::new(own).poll_frame(context));
            return Poll::Ready(frame.map(|frame| frame.map_err(|never| match never {})));
        };
        if let Some(held) = this.held {
            let storing = held.storing.get_mut();
            let storing = storing.unwrap_or_else(PoisonError::into_inner);
            ready!(storing.as_mut().poll(context));
            let frame = held.frame.take();
            *this.held = None;
            return Poll::Ready(frame.map(Ok));
        }
        let frame = ready!(body.as_mut().poll_frame(context));
        if let Some(started) = this.started {
            let data = match &frame {
                Some(Ok(frame)) => frame.data_ref(),
                Some(Err(_)) => None,
                // Of bodies that do not know beforehand when they end.
                None => Some(&Bytes::new()),
            };
            let is_last = body.is_end_stream() || frame.is_none();
            match data.map(|data| started.look(data, is_last)) {
                Some(Looked::Started(storing)) => {
                    let frame = frame.and_then(Result::ok);
                    let storing = Mutex::new(storing);
                    *this.held = Some(Held { storing, frame });
                    return self.poll_frame(context);
                }
                Some(Looked::Enough) => *this.started = None,
                Some(Looked::Nothing) | None => {}
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match (&self.body, &self.own) {
            (Some(body), _) => self.held.is_none() && body.is_end_stream(),
            (None, Some(own)) => own.is_end_stream(),
            (None, None) => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.body, &self.own) {
            // A frame that is held is in no hint of the body.
            (Some(_), _) if self.held.is_some() => SizeHint::default(),
            (Some(body), _) => body.size_hint(),
            (None, Some(own)) => own.size_hint(),
            (None, None) => SizeHint::with_exact(0),
        }
    }
}

impl<B> fmt::Debug for AnswerBody<B> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AnswerBody").finish_non_exhaustive()
    }
}

/// Frameworks box bodies as `Sync`.
const _: () = {
    const fn is_sync<T: Sync>() {}
    is_sync::<AnswerBody<OwnBody>>();
};
