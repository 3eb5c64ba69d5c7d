//! The rows of the table.

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ok,
    /// Some clients fail, or the server is weaker than it could be.
    Warning,
    /// Clients fail, or a MUST of a specification is broken.
    Problem,
    /// The check was not made.
    NotTried,
}

impl Outcome {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
            Self::NotTried => "not tried",
        }
    }
}

/// A check with its result. Texts may quote the servers, unescaped.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) check: &'static str,
    pub(crate) outcome: Outcome,
    pub(crate) found: String,
    /// The change to make.
    pub(crate) advice: Option<String>,
}

impl Finding {
    pub(super) fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, Outcome::Ok, found.into(), None)
    }

    pub(super) fn warning(
        check: &'static str,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self::new(check, Outcome::Warning, found.into(), Some(advice.into()))
    }

    pub(super) fn problem(
        check: &'static str,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self::new(check, Outcome::Problem, found.into(), Some(advice.into()))
    }

    pub(super) fn not_tried(check: &'static str, reason: impl Into<String>) -> Self {
        Self::new(check, Outcome::NotTried, reason.into(), None)
    }

    const fn new(
        check: &'static str,
        outcome: Outcome,
        found: String,
        advice: Option<String>,
    ) -> Self {
        Self {
            check,
            outcome,
            found,
            advice,
        }
    }

    /// Returns the finding as a problem if `serious`, else as it is.
    pub(super) fn problem_if(self, serious: bool) -> Self {
        let outcome = if serious {
            Outcome::Problem
        } else {
            self.outcome
        };
        Self { outcome, ..self }
    }
}

/// The findings about one server.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    /// The URL of the server, as the operator or another server spells it.
    pub(crate) about: String,
    pub(crate) findings: Vec<Finding>,
}
