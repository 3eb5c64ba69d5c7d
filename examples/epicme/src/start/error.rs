//! The error of a server that does not start.

use std::fmt;

/// Returned when the server does not start. `Debug` prints what `Display` does.
#[derive(Clone, PartialEq, Eq)]
pub struct StartServerError(String);

impl StartServerError {
    #[expect(clippy::needless_pass_by_value, reason = "made for `map_err`")]
    pub(crate) fn because(reason: impl ToString) -> Self {
        Self(reason.to_string())
    }
}

impl fmt::Display for StartServerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for StartServerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::error::Error for StartServerError {}
