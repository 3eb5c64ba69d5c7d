//! One argument, as text.

use std::fmt;

use serde::Serialize;

use super::text::TextSerializer;

/// The longest text that is kept, in bytes; no value of a placeholder and no arm of a `match` is
/// longer.
const MAX_TEXT: usize = 128;

/// The value of one argument: the text of a JSON string, integer or boolean, or the reason why there
/// is none. Made without an allocation.
#[derive(Clone, PartialEq, Eq)]
pub struct ArgumentValue(Value);

#[derive(Clone, PartialEq, Eq)]
enum Value {
    Text(Text),
    /// An argument that has no value yet, and can get any.
    Every,
    Problem(ArgumentProblem),
}

/// A short text.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Text {
    bytes: [u8; MAX_TEXT],
    length: u8,
}

/// The reason why the value of an argument decides nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArgumentProblem {
    /// There is no such argument.
    Missing,
    /// It is null, an object or an array.
    NotScalar,
    /// It is a number with a fraction or an exponent, or one that does not fit in 64 bits.
    NotInteger,
    /// The text is longer than 128 bytes.
    TooLong,
    /// The text is empty, a dot segment, or has a character that no value in a scope can have: one
    /// that no scope contains (RFC 6749 section 3.3), or one of `: / * { } , = ; '`.
    NotAValue,
    /// Two readers could understand different values.
    Ambiguous,
    /// No arm of the `match` has this value, and there is no `_`.
    NoArm,
}

impl ArgumentValue {
    /// Returns the value that `value` is serialized to. Of an enum, a variant without fields is its
    /// name.
    #[must_use]
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Self {
        match value.serialize(TextSerializer) {
            Ok(text) => Self(Value::Text(text)),
            Err(error) => Self::invalid(error.problem()),
        }
    }

    /// A value that decides nothing.
    #[must_use]
    pub const fn invalid(problem: ArgumentProblem) -> Self {
        Self(Value::Problem(problem))
    }

    /// Every value: the argument has none yet, as one that is being completed. Only what is allowed
    /// with each value is allowed with it.
    #[must_use]
    pub const fn every() -> Self {
        Self(Value::Every)
    }

    pub(super) const fn is_every(&self) -> bool {
        matches!(self.0, Value::Every)
    }

    pub(super) fn text(&self) -> Result<&str, ArgumentProblem> {
        match &self.0 {
            Value::Text(text) => Ok(text.as_str()),
            Value::Every => Err(ArgumentProblem::Missing),
            Value::Problem(problem) => Err(*problem),
        }
    }
}

impl fmt::Debug for ArgumentValue {
    /// Without the value, which may be personal data.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.0 {
            Value::Text(_) => "ArgumentValue(..)",
            Value::Every => "ArgumentValue(every)",
            Value::Problem(_) => "ArgumentValue(invalid)",
        })
    }
}

impl Text {
    /// Returns `None` if `text` is too long.
    pub(super) fn new(text: &str) -> Option<Self> {
        let mut bytes = [0; MAX_TEXT];
        let length = u8::try_from(text.len()).ok()?;
        bytes
            .get_mut(..text.len())?
            .copy_from_slice(text.as_bytes());
        Some(Self { bytes, length })
    }

    fn as_str(&self) -> &str {
        let bytes = &self.bytes[..usize::from(self.length)];
        // It was copied from a text; nothing is lost.
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl fmt::Display for ArgumentProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Missing => "is missing",
            Self::NotScalar => "must be a string or an integer or a boolean",
            Self::NotInteger => "must be an integer of at most 64 bits",
            Self::TooLong => "is longer than 128 bytes",
            Self::NotAValue => "has a character that no scope name can have in its place",
            Self::Ambiguous => "can be read in two ways",
            Self::NoArm => "has a value that is not supported",
        })
    }
}
