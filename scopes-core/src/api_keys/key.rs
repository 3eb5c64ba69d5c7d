//! API keys: how they are made, and the entry for one.

use std::error::Error;
use std::fmt::{self, Write as _};

use super::entry::Entry;
use super::hash::KeyHash;
use super::prefix::problem_of_prefix;
use super::setting::{ApiKeyVerifierSetting, BuildApiKeyVerifierError};
use crate::setting::InvalidSetting;

/// A new API key. `Debug` does not show it.
///
/// ```
/// use scopes_core::api_keys::ApiKey;
///
/// let key = ApiKey::generate("journal_")?;
/// assert!(key.as_str().starts_with("journal_"));
/// let entry = key.entry("nightly-export", "2027-03-01", "")?;
/// assert!(entry.starts_with("nightly-export 2027-03-01 sha256:"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ApiKey(String);

impl ApiKey {
    /// Makes a key of the prefix and 128 bits from the operating system.
    ///
    /// # Errors
    ///
    /// If the prefix is invalid (see [`ApiKeyVerifier::builder`](super::ApiKeyVerifier::builder)), or the
    /// operating system has no random bits.
    pub fn generate(prefix: &str) -> Result<Self, GenerateApiKeyError> {
        if let Some(problem) = problem_of_prefix(prefix) {
            return Err(GenerateApiKeyError::Prefix {
                prefix: prefix.to_owned(),
                problem,
            });
        }
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|_| GenerateApiKeyError::NoRandomness)?;
        let mut key = prefix.to_owned();
        for byte in random {
            // Writing to a string does not fail.
            let _ = write!(key, "{byte:02x}");
        }
        Ok(Self(key))
    }

    /// Returns the key, for the client.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the entry for the file of the server, without the key itself: a line without its end. See
    /// [the fields](super#entries).
    ///
    /// # Errors
    ///
    /// Every invalid field.
    pub fn entry(
        &self,
        name: &str,
        expires: &str,
        scopes: &str,
    ) -> Result<String, BuildApiKeyVerifierError> {
        let hash = KeyHash::of(&self.0).to_string();
        let mut fields = vec![name, expires];
        fields.extend(scopes.split_whitespace());
        fields.push(&hash);
        let problems = Entry::read(&fields).err().unwrap_or_default();
        let problems = problems.into_iter();
        let problems =
            problems.map(|problem| InvalidSetting::new(ApiKeyVerifierSetting::Entry, "", problem));
        BuildApiKeyVerifierError::check(fields.join(" "), problems.collect())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKey(..)")
    }
}

/// Returned when no API key can be made.
///
/// ```
/// use scopes_core::api_keys::{ApiKey, GenerateApiKeyError};
///
/// let error = ApiKey::generate("not a prefix").unwrap_err();
/// assert!(matches!(error, GenerateApiKeyError::Prefix { .. }));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GenerateApiKeyError {
    /// The prefix is invalid.
    Prefix {
        /// The prefix.
        prefix: String,
        /// The problem, to be put behind it.
        problem: &'static str,
    },
    /// The operating system has no random bits.
    NoRandomness,
}

impl fmt::Display for GenerateApiKeyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prefix { prefix, problem } => {
                write!(formatter, "the prefix {prefix:?} {problem}")
            }
            Self::NoRandomness => {
                formatter.write_str("the operating system has no random bits; try again")
            }
        }
    }
}

impl Error for GenerateApiKeyError {}
