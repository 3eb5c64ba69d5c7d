//! The reasons why an argument has no usable value.

use std::fmt;

/// The reason why an argument has no usable value.
///
/// ```
/// use scopes_core::{ArgumentProblem, ArgumentValue, Arguments};
///
/// let values = [("project", ArgumentValue::of(&["a", "b"]))];
/// let project = Arguments::from(&values).value("project");
/// let problem = project.map_err(|error| error.problem());
/// assert_eq!(problem, Err(ArgumentProblem::NotScalar));
/// assert_eq!(ArgumentProblem::NotScalar.to_string(), "must be a string or an integer or a boolean");
/// ```
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
    /// The text is empty, a dot segment, or has a character that is not allowed in a scope's value:
    /// one that no scope contains (RFC 6749 section 3.3), or one of `: / * { } , = ; '`.
    NotAValue,
    /// Two parsers could read different values.
    Ambiguous,
    /// No arm of the `match` has this value, and there is no `_`.
    NoArm,
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
