//! One JSON-RPC message, as far as it determines what it invokes.

use std::borrow::Cow;
use std::fmt;

use serde::de::IgnoredAny;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::object::object;

/// A JSON-RPC message (JSON-RPC 2.0 section 4), read in one pass. The members that determine what
/// it invokes are kept; all others are checked to be JSON and skipped.
#[derive(Debug)]
pub(super) struct Message<'a> {
    pub(super) id: Option<&'a RawValue>,
    method: Option<Cow<'a, str>>,
    pub(super) params: Params<'a>,
    pub(super) body: &'a [u8],
}

object! {
    /// The members of a message that are read.
    struct Envelope<'a> {
        id: "id" => &'a RawValue,
        method: "method" => &'a RawValue,
        params: "params" => Option<Params<'a>>,
        result: "result" => IgnoredAny,
        error: "error" => IgnoredAny,
    }
}

object! {
    /// The members of the parameters that are read, for all methods: `params` can come before
    /// `method`.
    pub(super) struct Params<'a> {
        name: "name" => &'a RawValue,
        uri: "uri" => &'a RawValue,
        reference: "ref" => &'a RawValue,
        task_id: "taskId" => &'a RawValue,
        notifications: "notifications" => &'a RawValue,
        arguments: "arguments" => &'a RawValue,
        argument: "argument" => &'a RawValue,
        context: "context" => &'a RawValue,
        meta: "_meta" => &'a RawValue,
    }
}

impl<'a> Message<'a> {
    /// Reads `body`, which is one message and nothing else.
    ///
    /// # Errors
    ///
    /// If the body is not JSON, is a batch or not a message, or if two parsers could read it
    /// differently, such as one with two `method`s, or with a `Method`.
    pub(super) fn read(body: &'a [u8]) -> Result<Self, ReadMessageError> {
        if body.trim_ascii_start().first() == Some(&b'[') {
            return Err(ReadMessageError::Batch);
        }
        let envelope: Envelope<'a> =
            serde_json::from_slice(body).map_err(|error| not_read(&error))?;
        let id = envelope.id;
        let names = |id: &RawValue| id.get().starts_with(|c| matches!(c, '"' | '-' | '0'..='9'));
        if !id.is_none_or(names) {
            return Err(ReadMessageError::NotAMessage);
        }
        let method = envelope.method.map(text).transpose()?;
        let answers = envelope.result.is_some() || envelope.error.is_some();
        if method.is_none() && !answers {
            return Err(ReadMessageError::NotAMessage);
        }
        let params = envelope.params.flatten().unwrap_or_default();
        Ok(Self {
            id,
            method,
            params,
            body,
        })
    }

    /// The method; an answer to a request of the server has none.
    pub(super) fn method(&self) -> Option<&str> {
        self.method.as_deref()
    }
}

/// Returns the text of a JSON string.
pub(super) fn text(json: &RawValue) -> Result<Cow<'_, str>, ReadMessageError> {
    let quoted = json.get().strip_prefix('"');
    match quoted.and_then(|rest| rest.strip_suffix('"')) {
        Some(text) if !text.contains('\\') => Ok(text.into()),
        Some(_) => match serde_json::from_str::<String>(json.get()) {
            Ok(text) => Ok(text.into()),
            Err(error) => Err(not_read(&error)),
        },
        None => Err(ReadMessageError::NotAMessage),
    }
}

/// Returned when a body cannot be read as a message.
///
/// ```
/// use scopes_core::mcp::ReadMessageError;
///
/// let told = ReadMessageError::InvalidParams.to_string();
/// assert!(told.contains("param"), "{told}");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadMessageError {
    /// It is not JSON, or more than one value.
    NotJson,
    /// It is a batch of messages, which MCP removed in 2025-06-18.
    Batch,
    /// It is not a JSON-RPC message, or parsers could read it in two ways.
    NotAMessage,
    /// Parameters that the method needs are missing, or have the wrong type.
    InvalidParams,
}

impl ReadMessageError {
    /// Returns the code of a JSON-RPC error (JSON-RPC 2.0 section 5.1).
    #[must_use]
    pub const fn code(self) -> i32 {
        match self {
            Self::NotJson => -32700,
            Self::Batch | Self::NotAMessage => -32600,
            Self::InvalidParams => -32602,
        }
    }

    pub(super) const fn sentence(self) -> &'static str {
        match self {
            Self::NotJson => "The body is not JSON.",
            Self::Batch => "The body is a batch; send one message at a time.",
            Self::NotAMessage => "The body is not one unambiguous JSON-RPC message.",
            Self::InvalidParams => "The parameters are not those of the method.",
        }
    }
}

fn not_read(error: &serde_json::Error) -> ReadMessageError {
    match error.classify() {
        Category::Data => ReadMessageError::NotAMessage,
        _ => ReadMessageError::NotJson,
    }
}

/// Prints what `Display` does: `main` shows the error that it returns by `Debug`.
impl fmt::Debug for ReadMessageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for ReadMessageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.sentence())
    }
}

impl std::error::Error for ReadMessageError {}
