//! Why a server does not start.

use std::fmt;

/// Why the server does not start, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartServerError(String);

impl StartServerError {
    #[expect(clippy::needless_pass_by_value, reason = "made for `map_err`")]
    pub(crate) fn because(reason: impl ToString) -> Self {
        Self(reason.to_string())
    }

    pub(crate) fn of(problems: &[String]) -> Self {
        Self(problems.join("; "))
    }
}

impl fmt::Display for StartServerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for StartServerError {}
