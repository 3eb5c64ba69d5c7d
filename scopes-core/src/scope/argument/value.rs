//! One argument, as text.

use std::fmt;

use serde::Serialize;

use super::problem::ArgumentProblem;
use super::text::{Text, TextSerializer};

/// The value of one argument: the text of a JSON string, integer or boolean, or the reason why it
/// has none. Does not allocate.
///
/// ```
/// use scopes_core::{ArgumentProblem, ArgumentValue, Arguments};
///
/// let values = [
///     ("project", ArgumentValue::of(&42)),
///     ("draft", ArgumentValue::of(&true)),
///     ("owner", ArgumentValue::invalid(ArgumentProblem::Ambiguous)),
/// ];
/// let arguments = Arguments::from(&values);
/// assert_eq!(arguments.value("project")?, "42");
/// assert_eq!(arguments.value("draft")?, "true");
/// assert!(arguments.value("owner").is_err());
/// # Ok::<(), scopes_core::InvalidArgument>(())
/// ```
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

    /// Returns a value without a usable text, for this reason.
    #[must_use]
    pub const fn invalid(problem: ArgumentProblem) -> Self {
        Self(Value::Problem(problem))
    }

    /// Stands for every value, of an argument that has none yet, such as one that is being
    /// completed. A call is allowed only if it is allowed with each value.
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
