//! The mistakes in a configuration.

use std::error::Error;
use std::fmt;

use crate::fetch::FetchError;
use crate::setting::{InvalidSetting, Setting};

/// One mistake. `Debug` prints what `Display` does.
///
/// ```
/// use scopes_core::config::Configuration;
///
/// let variables = [
///     ("J_RESOURCE", "https://mcp.example.com/mcp"),
///     ("J_AUTHORIZATION_SERVER", "https://auth.example.com"),
///     ("J_RELM", "journal"),
/// ];
/// let error = Configuration::from_variables("J_", variables).resource_server().unwrap_err();
/// assert_eq!(error.problems()[0].name(), "J_RELM");
/// assert_eq!(error.problems()[0].problem(), "is unknown; did you mean J_REALM?");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigurationProblem {
    key: String,
    name: String,
    value: Option<String>,
    problem: String,
    source: Option<FetchError>,
}

impl ConfigurationProblem {
    pub(super) fn new(key: &str, name: String, value: Option<String>, problem: String) -> Self {
        Self {
            key: key.to_owned(),
            name,
            value,
            problem,
            source: None,
        }
    }

    pub(super) fn of<S: Setting>(key: &str, name: String, invalid: &InvalidSetting<S>) -> Self {
        let value = Some(invalid.value()).filter(|value| !value.is_empty());
        Self {
            source: invalid.fetch_error().cloned(),
            ..Self::new(
                key,
                name,
                value.map(str::to_owned),
                invalid.problem().to_owned(),
            )
        }
    }

    /// Returns whether both are the same mistake: the same problem of a value, or a key whose value is
    /// missing or could not be read.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        (&self.key, &self.value) == (&other.key, &other.value)
            && (self.value.is_none() || self.problem == other.problem)
    }

    /// Returns the key, such as `jwt.leeway`; an unknown one as it is written.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the key as the operator has written it, such as `JOURNAL_JWT_LEEWAY`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the invalid value; `None` if it is missing or a secret.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// Returns what is wrong, and what to write instead.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl fmt::Display for ConfigurationProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, problem) = (&self.name, &self.problem);
        match &self.value {
            Some(value) => write!(formatter, "{name} {value:?} {problem}"),
            None => write!(formatter, "{name} {problem}"),
        }
    }
}

impl fmt::Debug for ConfigurationProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Returned when a configuration has mistakes; it names all of them. `Debug` prints what `Display` does.
///
/// ```
/// use scopes_core::config::Configuration;
///
/// let nothing = [("J_RELM", "journal")];
/// let error = Configuration::from_variables("J_", nothing).resource_server().unwrap_err();
/// // The unknown name, and both settings that are required.
/// assert_eq!(error.problems().len(), 3);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigurationError {
    problems: Vec<ConfigurationProblem>,
}

impl ConfigurationError {
    pub(super) const fn new(problems: Vec<ConfigurationProblem>) -> Self {
        Self { problems }
    }

    /// Returns the mistakes; there is at least one.
    #[must_use]
    pub fn problems(&self) -> &[ConfigurationProblem] {
        &self.problems
    }
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [problem] = self.problems.as_slice() {
            return problem.fmt(formatter);
        }
        write!(formatter, "{} settings are invalid:", self.problems.len())?;
        self.problems
            .iter()
            .try_for_each(|problem| write!(formatter, "\n- {problem}"))
    }
}

impl fmt::Debug for ConfigurationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Error for ConfigurationError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self
            .problems
            .iter()
            .find_map(|problem| problem.source.as_ref());
        source.map(|source| source as _)
    }
}
