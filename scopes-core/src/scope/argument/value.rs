//! One argument, as text.

use std::fmt;

use serde::Serialize;

use super::problem::ArgumentProblem;
use super::text::{Text, TextSerializer};

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
