//! Invalid settings of builders, typed by the setting.

use std::error::Error;
use std::fmt;

use crate::fetch::FetchError;

/// The settings of one builder.
pub trait Setting: Copy + Eq + fmt::Debug + Send + Sync + 'static {
    /// The name of what is built, to be put into a sentence.
    const BUILT: &'static str;

    /// Returns the builder's method, such as `issuer`.
    fn as_str(self) -> &'static str;
}

/// One invalid setting. `Debug` prints what `Display` does.
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidSetting<S> {
    setting: S,
    value: String,
    problem: String,
    source: Option<FetchError>,
}

impl<S: Setting> InvalidSetting<S> {
    /// `problem` is put behind the value or, if that is empty, behind the name of the setting.
    pub(crate) fn new(setting: S, value: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            setting,
            value: value.into(),
            problem: problem.into(),
            source: None,
        }
    }

    #[cfg(any(feature = "introspection", feature = "jwt"))]
    pub(crate) fn because(mut self, source: FetchError) -> Self {
        self.source = Some(source);
        self
    }

    #[cfg(feature = "config")]
    pub(crate) const fn fetch_error(&self) -> Option<&FetchError> {
        self.source.as_ref()
    }

    /// Returns the setting.
    #[must_use]
    pub const fn setting(&self) -> S {
        self.setting
    }

    /// Returns the invalid value; for a setting of an issuer, its URL. Empty for a missing value.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Returns what is wrong with the value, and what to write instead.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl<S: Setting> fmt::Display for InvalidSetting<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (setting, problem) = (self.setting.as_str(), &self.problem);
        match self.value.as_str() {
            "" => write!(formatter, "`{setting}` {problem}"),
            value => write!(formatter, "`{setting}`: {value:?} {problem}"),
        }
    }
}

impl<S: Setting> fmt::Debug for InvalidSetting<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl<S: Setting> Error for InvalidSetting<S> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

/// Returned when settings of a builder are invalid; it names all of them. `Debug` prints what `Display`
/// does, as a `main` that returns the error shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct CheckSettingsError<S> {
    problems: Vec<InvalidSetting<S>>,
}

impl<S: Setting> CheckSettingsError<S> {
    /// Returns `value` if there are no problems.
    pub(crate) fn check<T>(value: T, problems: Vec<InvalidSetting<S>>) -> Result<T, Self> {
        if problems.is_empty() {
            Ok(value)
        } else {
            Err(Self { problems })
        }
    }

    /// Returns the invalid settings; there is at least one.
    #[must_use]
    pub fn problems(&self) -> &[InvalidSetting<S>] {
        &self.problems
    }
}

impl<S: Setting> From<InvalidSetting<S>> for CheckSettingsError<S> {
    fn from(problem: InvalidSetting<S>) -> Self {
        Self {
            problems: vec![problem],
        }
    }
}

impl<S: Setting> fmt::Display for CheckSettingsError<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the settings of the {} are invalid:", S::BUILT)?;
        self.problems
            .iter()
            .try_for_each(|problem| write!(formatter, "\n- {problem}"))
    }
}

impl<S: Setting> fmt::Debug for CheckSettingsError<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl<S: Setting> Error for CheckSettingsError<S> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.problems.iter().find_map(Error::source)
    }
}
