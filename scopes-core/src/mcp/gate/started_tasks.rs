//! Tasks that a tool call has started, learned from its answer as it passes.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderMap, header};
use http_body::{Body, Frame, SizeHint};
use memchr::memmem;
use pin_project_lite::pin_project;
use serde::Deserialize;

use super::super::operations::Requirements;
use super::super::owners::{Owned, Principal};
use crate::token::VerifiedToken;

/// Tasks by whom they were started, with what was required for that.
pub(super) type Tasks = Owned<Requirements>;

/// The longest answer that is taken together from several frames: that a task was started is said
/// in a few lines.
const LONGEST: usize = 64 * 1024;

/// Reads along.
pub(super) struct StartedTasks {
    pub(super) tasks: Arc<Tasks>,
    pub(super) token: VerifiedToken,
    pub(super) requirements: Requirements,
    /// Whether the answer is a stream of events, each of which is a message.
    pub(super) is_stream: bool,
    pub(super) unfinished: Vec<u8>,
}

impl StartedTasks {
    pub(super) fn is_stream(headers: &HeaderMap) -> bool {
        let media_type = headers.get(header::CONTENT_TYPE);
        media_type.is_some_and(|is| is.as_bytes().starts_with(b"text/event-stream"))
    }

    /// Looks at a frame before the client gets it. Frames are messages as a rule, and are looked at
    /// in place.
    fn look(&mut self, frame: &[u8]) {
        if self.unfinished.len() + frame.len() > LONGEST {
            self.unfinished.clear();
            return;
        }
        let mut message = std::mem::take(&mut self.unfinished);
        let seen = if message.is_empty() {
            frame
        } else {
            message.extend_from_slice(frame);
            &message
        };
        if !self.is_finished(seen) {
            self.unfinished = seen.to_vec();
        } else if memmem::find(seen, b"\"taskId\"").is_some() {
            self.note(seen);
        }
    }

    fn is_finished(&self, message: &[u8]) -> bool {
        if self.is_stream {
            message.ends_with(b"\n\n") || message.ends_with(b"\r\n\r\n")
        } else {
            message.trim_ascii_end().ends_with(b"}")
        }
    }

    fn note(&self, message: &[u8]) {
        let Ok(message) = std::str::from_utf8(message) else {
            return;
        };
        let started: Vec<String> = if self.is_stream {
            let lines = message.lines();
            let data = lines.filter_map(|line| line.strip_prefix("data:"));
            data.filter_map(started_by).collect()
        } else {
            started_by(message).into_iter().collect()
        };
        for task in started {
            if let Some(owner) = Principal::of(&self.token) {
                self.tasks
                    .keep(owner, &task, Arc::clone(&self.requirements));
            }
        }
    }
}

/// The task that an answer tells of: since 2026-07-28 as the result itself (SEP-2663), before as
/// its member.
fn started_by(answer: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Answer {
        result: Started,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Started {
        result_type: Option<String>,
        task_id: Option<String>,
        task: Option<Task>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Task {
        task_id: String,
    }
    let Answer { result } = serde_json::from_str(answer).ok()?;
    match (result.result_type.as_deref(), result.task_id, result.task) {
        (Some("task"), Some(id), _) => Some(id),
        (_, _, task) => task.map(|task| task.task_id),
    }
}

pin_project! {
    /// The body of an answer, read along where it may tell of a task.
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
        let this = self.project();
        let frame = ready!(this.body.poll_frame(context));
        if let (Some(started), Some(Ok(frame))) = (this.started, &frame)
            && let Some(data) = frame.data_ref()
        {
            started.look(data);
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

impl<B> std::fmt::Debug for AnswerBody<B> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("AnswerBody").finish_non_exhaustive()
    }
}
