//! Tasks that a tool call has started, read from its answer on the way to the client.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use memchr::memmem;
use serde::Deserialize;

use super::rules::Rules;
use crate::caller::Caller;
use crate::registry::Requirements;
use crate::token::Principal;
use crate::tower::EVENT_ENDS;

/// The maximum length of a message that is parsed. The announcement of a task is short.
const LONGEST: usize = 64 * 1024;

/// The writing of tasks to the store.
pub(super) type Storing = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The result of reading a frame.
pub(super) enum Looked {
    /// The next frame is to be read, too.
    Nothing,
    /// The frame announces tasks: the client receives it when the store has them.
    Started(Storing),
    /// The rest of the answer is not read.
    Enough,
}

/// Reads the answer as it passes.
pub(super) struct StartedTasks {
    rules: Arc<Rules>,
    caller: Caller,
    requirements: Requirements,
    /// `true` if the answer is a stream of events, each of which is a message.
    is_stream: bool,
    /// Of a message that has not ended.
    frames: Vec<Bytes>,
    length: usize,
}

impl StartedTasks {
    pub(super) fn new(
        rules: Arc<Rules>,
        caller: Caller,
        requirements: Requirements,
        is_stream: bool,
    ) -> Self {
        Self {
            rules,
            caller,
            requirements,
            is_stream,
            frames: Vec::new(),
            length: 0,
        }
    }

    /// Reads a frame before the client receives it. A message of several frames is parsed when it has
    /// ended, and never from its middle: text that a tool quotes must not count as the server's answer.
    pub(super) fn look(&mut self, frame: &Bytes, is_last: bool) -> Looked {
        self.length += frame.len();
        if self.length > LONGEST {
            return Looked::Enough;
        }
        let ends = |end: &&[u8]| frame.ends_with(end);
        let has_ended = is_last || (self.is_stream && EVENT_ENDS.iter().any(ends));
        if !has_ended {
            self.frames.push(frame.clone());
            return Looked::Nothing;
        }
        self.length = 0;
        let noted = if self.frames.is_empty() {
            self.note(frame)
        } else {
            self.frames.push(frame.clone());
            let message = std::mem::take(&mut self.frames).concat();
            self.note(&message)
        };
        noted.map_or(Looked::Nothing, Looked::Started)
    }

    /// Keeps the tasks that messages announce. Returns the writing of them to the store, if there is one.
    fn note(&self, messages: &[u8]) -> Option<Storing> {
        memmem::find(messages, b"\"taskId\"")?;
        let principal = self.caller.token().and_then(Principal::of);
        let (Ok(messages), Some(principal)) = (std::str::from_utf8(messages), principal) else {
            return None;
        };
        let started: Vec<String> = if self.is_stream {
            let messages = messages.replace("\r\n", "\n").replace('\r', "\n");
            let events = messages.split("\n\n");
            events
                .filter_map(|event| started_by(&data(event)))
                .collect()
        } else {
            started_by(messages).into_iter().collect()
        };
        let keep = |task: &String| {
            let requirements = self.requirements.clone();
            self.rules.messages.started(principal, task, requirements)
        };
        let kept: Vec<String> = started.into_iter().filter(keep).collect();
        if kept.is_empty() || self.rules.shared_tasks.is_none() {
            return None;
        }
        let (rules, requirements) = (Arc::clone(&self.rules), self.requirements.clone());
        Some(Box::pin(async move {
            let Some(tasks) = &rules.shared_tasks else {
                return;
            };
            let registry = &rules.messages.registry;
            for task in &kept {
                let requirements = requirements.clone();
                let is_own = tasks.keep(registry, principal, task, requirements);
                if !is_own.await {
                    rules.messages.forget(principal, task);
                }
            }
        }))
    }
}

/// Returns the data of an event (HTML standard, section 9.2.6).
fn data(event: &str) -> String {
    let lines = event.lines();
    let data: Vec<_> = lines
        .filter_map(|line| line.strip_prefix("data:"))
        .collect();
    data.join("\n")
}

/// Returns the task in an answer: since 2026-07-28 it is the result itself (SEP-2663), before, a
/// member of the result.
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
