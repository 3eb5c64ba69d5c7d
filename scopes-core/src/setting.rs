//! Reports invalid settings of builders, typed by the setting. A builder reports all at once.
//!
//! ```
//! use scopes_core::ResourceServer;
//!
//! let built = ResourceServer::builder("mcp.example.com").realm("a\"b").build();
//! let error = built.err().ok_or("the URL has no scheme")?;
//! for invalid in error.problems() {
//!     eprintln!("{:?} is {:?}: {}", invalid.setting(), invalid.value(), invalid.problem());
//! }
//! assert!(error.problems().len() > 1);
//! # Ok::<(), &str>(())
//! ```

use std::error::Error;
use std::fmt;

use crate::fetch::FetchError;

/// Names the settings of one builder.
///
/// ```
/// use scopes_core::ResourceServer;
/// use scopes_core::setting::{CheckSettingsError, Setting};
///
/// /// Lists the settings to correct, of any builder.
/// fn to_correct<S: Setting>(error: &CheckSettingsError<S>) -> Vec<&'static str> {
///     error.problems().iter().map(|invalid| invalid.setting().as_str()).collect()
/// }
///
/// let built = ResourceServer::builder("https://mcp.example.com").build();
/// assert_eq!(built.map_err(|error| to_correct(&error)).err(), Some(vec!["authorization_server"]));
/// ```
pub trait Setting: Copy + Eq + fmt::Debug + Send + Sync + 'static {
    /// The name of what is built, to be put into a sentence.
    const BUILT: &'static str;

    /// Returns the builder's method, such as `issuer`.
    fn as_str(self) -> &'static str;
}

/// One invalid setting. `Debug` prints what `Display` does.
///
/// ```
/// use scopes_core::{ResourceServer, resource::ResourceServerSetting};
///
/// let built = ResourceServer::builder("https://mcp.example.com")
///     .authorization_server("http://auth.example.com")
///     .build();
/// let error = built.err().ok_or("plain http is allowed to loopback hosts only")?;
/// let invalid = &error.problems()[0];
/// assert_eq!(invalid.setting(), ResourceServerSetting::AuthorizationServer);
/// assert_eq!(invalid.value(), "http://auth.example.com");
/// # Ok::<(), &str>(())
/// ```
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
///
/// ```
/// use scopes_core::{ResourceServer, resource::BuildResourceServerError};
///
/// fn server(url: &str) -> Result<ResourceServer, BuildResourceServerError> {
///     ResourceServer::builder(url).build()
/// }
///
/// let message = server("mcp.example.com").map_err(|error| error.to_string());
/// let lines = message.err().ok_or("two settings are invalid")?;
/// assert!(lines.starts_with("the settings of the resource server are invalid:\n- `ResourceServer::builder`"));
/// assert_eq!(lines.lines().count(), 3);
/// # Ok::<(), &str>(())
/// ```
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
