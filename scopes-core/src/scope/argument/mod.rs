//! The values of the arguments that a requirement names.

use std::fmt;
use std::sync::Arc;

pub use self::problem::ArgumentProblem;
pub use self::value::ArgumentValue;
use super::catalog::template;

mod problem;
mod text;
mod value;

/// The arguments of one call, for the decision on a requirement with placeholders or `match`.
///
/// ```
/// use scopes_core::{ArgumentValue, Arguments};
///
/// let values = [("project", ArgumentValue::of(&42)), ("action", ArgumentValue::of("list"))];
/// let arguments = Arguments::from(&values);
/// assert_eq!(arguments.value("action")?, "list");
/// assert!(arguments.value("owner").is_err());
/// # Ok::<(), scopes_core::InvalidArgument>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Arguments<'a>(&'a [(&'a str, ArgumentValue)]);

impl<'a> Arguments<'a> {
    /// No arguments.
    pub const NONE: Self = Self(&[]);

    /// Returns the text of the argument `name`.
    ///
    /// # Errors
    ///
    /// If there is no such argument, or it is no text, number without fraction or boolean.
    pub fn value(&self, name: &str) -> Result<&'a str, InvalidArgument> {
        let text = self.find(name).and_then(ArgumentValue::text);
        text.map_err(|problem| InvalidArgument::new(name, problem))
    }

    /// Returns the value that fills the placeholder `name`; `None` if that is every value.
    pub(crate) fn filling(&self, name: &str) -> Result<Option<&'a str>, InvalidArgument> {
        let argument = self.find(name);
        if argument.is_ok_and(ArgumentValue::is_every) {
            return Ok(None);
        }
        match argument.and_then(ArgumentValue::text) {
            Ok(text) if template::is_value(text) => Ok(Some(text)),
            Ok(_) => Err(InvalidArgument::new(name, ArgumentProblem::NotAValue)),
            Err(problem) => Err(InvalidArgument::new(name, problem)),
        }
    }

    /// Returns the value by which `match` chooses.
    pub(crate) fn choosing(&self, name: &str) -> Result<Choice<'a>, InvalidArgument> {
        let argument = self.find(name);
        if argument.is_ok_and(ArgumentValue::is_every) {
            return Ok(Choice::Every);
        }
        match argument.and_then(ArgumentValue::text) {
            Ok(text) => Ok(Choice::Of(text)),
            // No arm has a value of this length.
            Err(ArgumentProblem::TooLong) => Ok(Choice::Other),
            Err(problem) => Err(InvalidArgument::new(name, problem)),
        }
    }

    fn find(&self, name: &str) -> Result<&'a ArgumentValue, ArgumentProblem> {
        let found = self.0.iter().find(|(argument, _)| *argument == name);
        found
            .map(|(_, value)| value)
            .ok_or(ArgumentProblem::Missing)
    }
}

impl<'a, const N: usize> From<&'a [(&'a str, ArgumentValue); N]> for Arguments<'a> {
    fn from(values: &'a [(&'a str, ArgumentValue); N]) -> Self {
        Self(values)
    }
}

impl<'a> From<&'a [(&'a str, ArgumentValue)]> for Arguments<'a> {
    fn from(values: &'a [(&'a str, ArgumentValue)]) -> Self {
        Self(values)
    }
}

/// The value by which an arm of a `match` is chosen.
#[derive(Clone, Copy)]
pub(crate) enum Choice<'a> {
    Of(&'a str),
    /// A value that no arm has.
    Other,
    Every,
}

/// Returned when a requirement cannot be decided: an argument that it names has no value that is
/// allowed in a scope, or none that `match` lists.
///
/// ```
/// use scopes_core::Arguments;
///
/// let error = Arguments::NONE.value("project").err();
/// let error = error.ok_or("an argument that is missing has no value")?;
/// assert_eq!(error.name(), "project");
/// assert_eq!(error.to_string(), "The argument project is missing.");
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidArgument(Arc<Invalid>);

#[derive(PartialEq, Eq)]
struct Invalid {
    name: Box<str>,
    problem: ArgumentProblem,
}

impl InvalidArgument {
    pub(crate) fn new(name: &str, problem: ArgumentProblem) -> Self {
        let name = name.into();
        Self(Arc::new(Invalid { name, problem }))
    }

    #[cfg(feature = "tower")]
    pub(crate) fn copies(&self) -> usize {
        Arc::strong_count(&self.0)
    }

    /// Returns the name of the argument.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns what is wrong with its value.
    #[must_use]
    pub fn problem(&self) -> ArgumentProblem {
        self.0.problem
    }
}

impl fmt::Display for InvalidArgument {
    /// Without the value, in the characters that RFC 6750 section 3 allows in an `error_description`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Invalid { name, problem } = &*self.0;
        write!(formatter, "The argument {name} {problem}.")
    }
}

/// Prints what `Display` does: `main` shows the error that it returns by `Debug`.
impl fmt::Debug for InvalidArgument {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::error::Error for InvalidArgument {}
