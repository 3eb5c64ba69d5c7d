//! The settings of a verifier of API keys, for errors.

use crate::setting::{CheckSettingsError, Setting};

/// Returned when the settings of an [`ApiKeyVerifier`](super::ApiKeyVerifier) or entries of its lists are
/// invalid. Names every mistake.
///
/// ```
/// use scopes_core::api_keys::{ApiKeyVerifier, ApiKeyVerifierSetting};
/// # use scopes_core::testing::StaticVerifier;
///
/// // The prefix is invalid, and there is no list.
/// let error = ApiKeyVerifier::builder("").build(StaticVerifier::new()).unwrap_err();
/// assert!(error.problems().iter().any(|wrong| wrong.setting() == ApiKeyVerifierSetting::Prefix));
/// ```
pub type BuildApiKeyVerifierError = CheckSettingsError<ApiKeyVerifierSetting>;

/// The settings of an [`ApiKeyVerifierBuilder`](super::ApiKeyVerifierBuilder) that are checked.
///
/// ```
/// use scopes_core::api_keys::{ApiKeyVerifier, ApiKeyVerifierSetting};
/// # use scopes_core::testing::StaticVerifier;
///
/// let error = ApiKeyVerifier::builder("").build(StaticVerifier::new()).unwrap_err();
/// assert_eq!(error.problems()[0].setting(), ApiKeyVerifierSetting::Prefix);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiKeyVerifierSetting {
    /// `ApiKeyVerifier::builder`: the prefix.
    Prefix,
    /// `file`: the file, or an entry in it.
    File,
    /// `environment`: the variable, or an entry in it.
    Environment,
    /// [`ApiKey::entry`](super::ApiKey::entry): a field.
    Entry,
}

impl Setting for ApiKeyVerifierSetting {
    const BUILT: &'static str = "API key verifier";

    fn as_str(self) -> &'static str {
        match self {
            Self::Prefix => "ApiKeyVerifier::builder",
            Self::File => "file",
            Self::Environment => "environment",
            Self::Entry => "entry",
        }
    }
}
